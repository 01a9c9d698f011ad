import { and, desc, eq, isNotNull, ne, or, sql } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { guardEvents } from '#drizzle/schema/guards.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { windowKey } from '#lib/guards/coverage.ts'
import type { BudgetAct } from '#lib/guards/dry-run-budget.ts'
import { listWantedGuards } from '#lib/guards/wanted-guards.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Policy } from '#lib/targets/policy.ts'

export interface CopiedTable extends TableName {
  rows: number
}

/** Only names and rows out of the facts: those of a large database are megabytes. */
const copiedTables = sql<CopiedTable[] | null>`(
  select jsonb_agg(jsonb_build_object('schema', t -> 'schema', 'name', t -> 'name', 'rows', t -> 'rows'))
  from jsonb_array_elements(${backups.facts} -> 'tables') t)`

/** The tables in the newest good copy of a kind, with their rows. Null: there is no such copy. */
export async function listCopiedTables(
  db: DbOrTx,
  targetId: string,
  kind: 'snapshot' | 'archive',
): Promise<CopiedTable[] | null> {
  const [row] = await db
    .select({ tables: copiedTables })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.kind, kind),
        eq(backups.status, 'good'),
        // A safety snapshot holds only what an operation was about to write to.
        or(ne(backups.purpose, 'safety'), eq(backups.kind, 'archive')),
        isNotNull(backups.takenAt),
      ),
    )
    .orderBy(desc(backups.takenAt))
    .limit(1)
  return row ? (row.tables ?? []) : null
}

export interface NewestDrill {
  verdict: 'passed' | 'failed' | 'inconclusive'
  finishedAt: Date
  /** What was in the backup that it restored. */
  tables: TableName[]
  /** What differed in the restored copy, as `compareFacts` names it. */
  subjects: string[]
}

/** The newest drill that came to a verdict. */
export async function findNewestDrill(db: DbOrTx, targetId: string): Promise<NewestDrill | null> {
  const [row] = await db
    .select({
      verdict: drills.verdict,
      finishedAt: drills.finishedAt,
      tables: copiedTables,
      subjects: sql<
        string[] | null
      >`(select jsonb_agg(d -> 'subject') from jsonb_array_elements(${drills.differences}) d)`,
    })
    .from(drills)
    .innerJoin(backups, eq(backups.id, drills.backupId))
    .where(and(eq(drills.targetId, targetId), isNotNull(drills.verdict), isNotNull(drills.finishedAt)))
    .orderBy(desc(drills.finishedAt))
    .limit(1)
  return row
    ? {
        verdict: row.verdict!,
        finishedAt: row.finishedAt!,
        tables: row.tables ?? [],
        subjects: row.subjects ?? [],
      }
    : null
}

/** Rows that each budget's window holds now, by `windowKey`, from what the guards let go. */
export async function sumWindows(db: DbOrTx, targetId: string, policy: Policy): Promise<Map<string, number>> {
  const windows = listWantedGuards(policy).flatMap(({ table, roles, budgets }) =>
    budgets.map(({ act, role, windowMinutes }) => ({
      table,
      act,
      role: role === '' ? null : role,
      minutes: windowMinutes,
      others: roles,
    })),
  )
  if (windows.length === 0) return new Map()
  const rows = await db.execute<{ table: string; act: BudgetAct; role: string | null; rows: number }>(sql`
    select w."table", w.act, w.role, sum(e.rows)::float8 as rows
    from jsonb_to_recordset(${JSON.stringify(windows)}::jsonb)
      as w ("table" text, act text, role text, minutes int, others jsonb)
    join ${guardEvents} e on e.target_id = ${targetId} and e.kind = 'deleted' and e.table_name = w."table"
      and e.at > now() - make_interval(mins => w.minutes) and coalesce(e.detail ->> 'act', 'delete') = w.act
      and case when w.role is null then not w.others ? coalesce(e.role_name, '') else e.role_name = w.role end
    group by w."table", w.act, w.role`)
  return new Map(rows.map((row) => [windowKey(row.table, row.act, row.role), row.rows]))
}
