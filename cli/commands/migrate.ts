import type { Command } from 'commander'
import { addPlainCommand } from '#cli/command.ts'
import { operator } from '#cli/door.ts'
import { protectControl } from '#cli/start/protect-control.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { migrateDb } from '#lib/db/migrate-db.ts'
import { controlDatabaseUrl, loadKeyRing } from '#lib/env.ts'
import { assertNotUnfinished } from '#lib/restores/from-store/empty-database.ts'

export function addMigrateCommand(program: Command): void {
  addPlainCommand(program, {
    usage: 'migrate',
    about: 'Bring the control database to this version. Safe to repeat.',
    async run() {
      const url = controlDatabaseUrl()
      const keys = loadKeyRing()
      await assertNotUnfinished(url)
      const { applied, webRole } = await migrateDb(url, keys)
      const db = openDb(url, { applicationName: 'holdfast:cli', maxConnections: 4 })
      await protectControl({ db, keys, actor: operator() }, url).finally(() => closeDb(db))
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
