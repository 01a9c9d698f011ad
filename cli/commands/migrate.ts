import type { Command } from 'commander'
import { addPlainCommand } from '#cli/command.ts'
import { migrateDb } from '#lib/db/migrate-db.ts'
import { controlDatabaseUrl, loadKeyRing } from '#lib/env.ts'

export function addMigrateCommand(program: Command): void {
  addPlainCommand(program, {
    usage: 'migrate',
    about: 'Bring the control database to this version. Safe to repeat.',
    async run() {
      const { applied, webRole } = await migrateDb(controlDatabaseUrl(), loadKeyRing())
      const role = webRole.refusedBecause
        ? `The web role could not be made: ${webRole.refusedBecause}`
        : 'The web role has its rights.'
      return {
        json: { ok: true, migrationsApplied: applied, webRole: webRole.refusedBecause === null },
        text: `The control database is at this version (${applied} migrations applied now).\n${role}`,
      }
    },
  })
}
