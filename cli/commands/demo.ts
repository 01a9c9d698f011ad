import type { Command } from 'commander'
import { addCommand } from '#cli/command.ts'
import { salonApplicationUrl } from '#lib/demo/make-salon.ts'
import { runDisaster } from '#lib/demo/run-disaster.ts'

/** `holdfast demo …`: the fire drill on the demo target. */
export function addDemoCommands(program: Command): void {
  const demo = program.command('demo').description('the demo target')

  addCommand(demo, {
    usage: 'disaster',
    about: 'lose data in the demo target as a careless script would, to see what Holdfast does about it',
    async run({ say }) {
      const disaster = await runDisaster(salonApplicationUrl(), say)
      return {
        json: disaster,
        text: `The guard refused ${disaster.blocked} ${disaster.blocked === 1 ? 'statement' : 'statements'}; ${disaster.deletedRows} rows went in ${disaster.transactions} small transactions that no budget sees. ${disaster.lockedOutUsers} users are locked out. Open the console to get them back.`,
      }
    },
  })
}
