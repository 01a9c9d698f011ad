import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const databasePlaceSql = loadSql(new URL('./sql/database_place.sql', import.meta.url))
const databaseSessionsSql = loadSql(new URL('./sql/database_sessions.sql', import.meta.url))

export interface DatabasePlace {
  oid: string
  name: string
  owner: string
  encoding: string
  tablespace: string
  comment: string | null
  sizeBytes: string | null
  role: string
  isSuperuser: boolean
  mayCreate: boolean
  mayOwn: boolean
  dataDirectory: string | null
  serverVersion: string
  serverVersionNumber: number
  isStandby: boolean
}

/** A database of this server by its name; null when there is none. */
export async function findDatabase(server: postgres.Sql, name: string): Promise<DatabasePlace | null> {
  const [row] = await server.unsafe<DatabasePlace[]>(databasePlaceSql, [name])
  return row ?? null
}

/** The database of this name. Throws AppError `database-gone`. */
export async function getDatabase(server: postgres.Sql, name: string): Promise<DatabasePlace> {
  const found = await findDatabase(server, name)
  if (found) return found
  throw new AppError('database-gone', `The server has no database “${name}” (any more).`, {
    kind: 'refused',
    hint: 'Somebody dropped or renamed it. Restore it again.',
  })
}

/** Throws AppError `database-rights` or `database-standby` unless the role may make and rename databases of this owner. */
export function assertMayChange(places: readonly DatabasePlace[]): void {
  const [{ role, owner, isStandby, mayCreate }] = places as [DatabasePlace]
  if (isStandby) {
    throw new AppError('database-standby', 'This server is a standby: no database can be made there.', {
      kind: 'refused',
      hint: 'Point the target at the primary.',
    })
  }
  const me = quoteIdentifier(role)
  const foreign = places.find(({ mayOwn }) => !mayOwn)
  const lacks = [
    ...(mayCreate ? [] : [['may not make or rename databases', `alter role ${me} createdb;`] as const]),
    ...(foreign
      ? [
          [
            `may not act as ${foreign.owner}, who owns “${foreign.name}”`,
            `grant ${quoteIdentifier(foreign.owner)} to ${me};`,
          ] as const,
        ]
      : []),
  ]
  if (lacks.length === 0) return
  throw new AppError(
    'database-rights',
    `${role} ${lacks.map(([what]) => what).join(', and ')}. “${owner}” owns the live database.`,
    { kind: 'refused', hint: lacks.map(([, grant]) => grant).join(' ') },
  )
}

export interface ConnectedSessions {
  database: string
  role: string
  application: string
  address: string
  sessions: number
  mayEnd: boolean
}

/** Who is connected to these databases, Holdfast's own short sessions left out. */
export const listSessions = async (
  server: postgres.Sql,
  databases: readonly string[],
): Promise<ConnectedSessions[]> => [
  ...(await server.unsafe<ConnectedSessions[]>(databaseSessionsSql, [databases as never])),
]

/** `3 of app (web) from 10.0.0.7`. */
export const saySessions = ({ role, application, address, sessions }: ConnectedSessions): string =>
  `${sessions} of ${role}${application ? ` (${application})` : ''} from ${address}`
