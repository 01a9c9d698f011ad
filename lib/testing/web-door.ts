import { sql } from 'drizzle-orm'
import type { Ctx } from '#lib/context.ts'
import { closeDb, type Db, openDb } from '#lib/db/client.ts'
import { grantWebRole, webDatabaseUrl, webRoleName } from '#lib/db/grant-web-role.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import type { TestStore } from '#lib/testing/test-db.ts'

/** The control database as the web processes open it: with the account that is the second trust zone. */
export interface WebDoor {
  db: Db
  /** The same person, coming through the web. */
  through<Person extends Ctx>(person: Person): Person
  /** The code of the error that PostgreSQL answers this SQL with, or `done`. */
  attempt(statement: string): Promise<string>
}

/** Call it after the store is made. The account goes with the test file. */
export async function openWebDoor(store: TestStore): Promise<WebDoor> {
  const { refusedBecause } = await grantWebRole(store.db, store.ctx.keys!)
  if (refusedBecause) throw new Error(refusedBecause)
  const db = openDb(webDatabaseUrl(store.url, store.ctx.keys!), { applicationName: 'holdfast:web' })
  cleanUp(async () => {
    await closeDb(db)
    const role = sql.identifier(webRoleName(new URL(store.url).pathname.slice(1)))
    await store.db.execute(sql`drop owned by ${role}`)
    await store.db.execute(sql`drop role ${role}`)
  })
  return {
    db,
    through: (person) => ({ ...person, db, keys: null }),
    attempt: (statement) =>
      db.execute(sql.raw(statement)).then(
        () => 'done',
        (error: { cause?: { code?: string } }) => error.cause?.code ?? String(error),
      ),
  }
}
