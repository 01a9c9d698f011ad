import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import { readKit } from '#lib/kit/queries.ts'
import { requestKitTest } from '#lib/kit/request-kit-test.ts'
import { listSteps } from '#lib/kit/steps.ts'
import type { KitTest } from '#lib/kit/types.ts'

const tellTest = (test: KitTest): string =>
  [
    table(
      ['database', 'store', 'taken', 'opens'],
      test.archives.map(({ target, store, takenAt, problem }) => [
        target,
        store,
        takenAt,
        problem ?? paintState('yes'),
      ]),
    ),
    ...test.without.map((name) => `${name} has no good archive in any store.`),
    `Sealed credentials: ${test.credentials.opened} open${test.credentials.problems.map((one) => `\n  not: ${one}`).join('')}`,
    `Key ${test.keyId}, from ${test.keyPlace}. pg_restore ${test.toolsVersion ?? 'is missing'}.`,
  ].join('\n')

/** `kit show|test`: what to keep for the day when this machine is lost, and whether it would do. */
export function addKitCommands(program: Command): void {
  const kit = program.command('kit').description('the recovery kit: what to keep, and whether it would do')

  addCommand(kit, {
    usage: 'show',
    about: 'what to keep off this machine, and the commands for an empty one; never the key itself',
    async run({ ctx }) {
      const shown = await readKit(ctx.db)
      const { lastTest } = shown
      const steps = listSteps(shown.stores)
      return {
        json: { ...shown, steps },
        text: [
          `Keep, away from this machine: the key ${shown.keyId ?? 'unknown'}${lastTest?.test ? ` (${lastTest.test.keyPlace})` : ''}, and where the stores are.`,
          table(
            ['store', 'place', 'survives this machine'],
            shown.stores.map(({ name, place, leavesTheMachine }) => [
              name,
              place,
              leavesTheMachine ? 'if it lies elsewhere' : 'no',
            ]),
          ),
          ...steps.flatMap(({ title, about, commands }, index) => [
            '',
            `${index + 1}. ${title}`,
            `   ${about}`,
            ...commands.map((command) => `     ${command}`),
          ]),
          '',
          lastTest
            ? `Last test ${lastTest.at.toISOString()}: ${lastTest.test?.ok ? paintState('passed') : paintState('failed')}${lastTest.error ? ` ${lastTest.error}` : ''}`
            : 'It was never tested: holdfast kit test',
        ].join('\n'),
      }
    },
  })

  addCommand(kit, {
    usage: 'test',
    about:
      'open the newest archive of each database in each store with the key at hand (exit 3 when one does not open)',
    async run(door) {
      const { jobRunId } = requireDone(await requestKitTest(door.ctx, {}))
      const test = (await doJob(door, jobRunId)).result as KitTest
      return { json: test, text: tellTest(test), exit: test.ok ? 0 : 3 }
    },
  })
}
