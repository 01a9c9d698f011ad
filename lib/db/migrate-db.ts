import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import { closeDb, openDb } from '#lib/db/client.ts'
import { grantWebRole } from '#lib/db/grant-web-role.ts'
import { packageRoot } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import { migrateQueue } from '#lib/jobs/queue.ts'
import type { KeyRing } from '#lib/keys.ts'
import { log } from '#lib/log.ts'
import { sealingPublicKey } from '#lib/sealed-box.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const installAuditSql = loadSql(new URL('../audit/sql/install_audit.sql', import.meta.url))
/** What the database itself keeps, whoever writes: the first makes a function that the others use. */
const installRulesSql = [
  loadSql(new URL('../operations/sql/install_operation_rules.sql', import.meta.url)),
  loadSql(new URL('../operations/sql/install_approval.sql', import.meta.url)),
  loadSql(new URL('../auth/sql/install_account_rules.sql', import.meta.url)),
  loadSql(new URL('../targets/sql/install_target_rules.sql', import.meta.url)),
  loadSql(new URL('../health/sql/install_partitions.sql', import.meta.url)),
]
const migrationsFolder = join(packageRoot, 'drizzle/migrations')

/** Any number that only Holdfast's migration uses as advisory lock. */
const migrationLock = 7_467_223

/** The two blocks of RFC 2104 for a 32-byte key. */
function hmacPads(key: Buffer): { inner: Buffer; outer: Buffer } {
  const block = Buffer.alloc(64)
  key.copy(block)
  return {
    inner: Buffer.from(block.map((byte) => byte ^ 0x36)),
    outer: Buffer.from(block.map((byte) => byte ^ 0x5c)),
  }
}

export interface MigrationReport {
  /** How many migrations this call applied. */
  applied: number
  webRole: { refusedBecause: string | null }
}

/**
 * Brings the control database to this version: tables, audit functions and key, queue. Safe to repeat;
 * of two processes one migrates and the other waits. Throws AppError `store-newer` for a database of a newer Holdfast.
 */
export async function migrateDb(url: string, keys: KeyRing): Promise<MigrationReport> {
  const db = openDb(url, { applicationName: 'holdfast:migrate', maxConnections: 1 })
  try {
    await db.execute(
      sql`select set_config('lock_timeout', '60s', false), set_config('statement_timeout', '0', false)`,
    )
    await db.execute(sql`select pg_advisory_lock(${migrationLock})`)
    const before = await assertStoreVersion(url)
    await migrate(db, { migrationsFolder })
    await db.$client.unsafe(installAuditSql)
    for (const installSql of installRulesSql) await db.$client.unsafe(installSql)
    const pads = hmacPads(keys.derive('audit'))
    await db.execute(
      sql`insert into audit_keys (id, inner_pad, outer_pad) values (1, ${pads.inner}, ${pads.outer}) on conflict do nothing`,
    )
    await db.execute(sql`insert into audit_head (id, seq, hash) values (1, 0, '') on conflict do nothing`)
    await db.execute(sql`
      insert into sealing_keys (id, public_key, key_id) values (1, ${sealingPublicKey(keys)}, ${keys.keyId})
      on conflict (id) do update set public_key = excluded.public_key, key_id = excluded.key_id`)
    await migrateQueue(url)
    const webRole = await grantWebRole(db, keys)
    if (webRole.refusedBecause) log.warn(webRole, 'the web role could not be made; see holdfast doctor')
    return { applied: migrationHashes().length - before, webRole }
  } finally {
    await closeDb(db)
  }
}

/**
 * How many of this version's migrations the control database has. Throws AppError `store-newer` when it was migrated by
 * a newer Holdfast than this one.
 */
export async function assertStoreVersion(url: string): Promise<number> {
  const db = openDb(url, { applicationName: 'holdfast:version', maxConnections: 1 })
  try {
    const [known] = await db.execute(
      sql`select to_regclass('drizzle.__drizzle_migrations') is not null as present`,
    )
    if (!known?.present) return 0
    const applied = await db.execute<{ hash: string }>(sql`select hash from drizzle.__drizzle_migrations`)
    const ours = new Set(migrationHashes())
    if (applied.some((row) => !ours.has(row.hash))) {
      throw new AppError('store-newer', 'The control database was made by a newer Holdfast than this one.', {
        hint: 'Run the newer version, or restore the control database of this one.',
      })
    }
    return applied.length
  } finally {
    await closeDb(db)
  }
}

/** sha256 of each migration file, as Drizzle's migrator records it. */
export function migrationHashes(): string[] {
  const journal = JSON.parse(readFileSync(join(migrationsFolder, 'meta/_journal.json'), 'utf8')) as {
    entries: { tag: string }[]
  }
  return journal.entries.map(({ tag }) =>
    createHash('sha256')
      .update(readFileSync(join(migrationsFolder, `${tag}.sql`)))
      .digest('hex'),
  )
}
