import type postgres from 'postgres'
import type { GuardObject } from '#lib/guards/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const load = (name: string): string => loadSql(new URL(`./sql/${name}.sql`, import.meta.url))

const tablesSql = load('guard_tables')
const liveSql = load('live_objects')
const eventTriggersSql = load('event_triggers')
export const evidenceSql = load('set_up_evidence')

/** Callees first. The file of a function has its name. */
const functionNames = [
  'describe_session',
  'record_attempt',
  'operation_is_open',
  'open_permit',
  'find_permit',
  'describe_permit',
  'use_permit',
  'grant_permit',
  'revoke_permit_rights',
  'refuse_change',
  'count_rows',
  'measure_window',
  'check_change',
  'count_change',
  'explain_full_journal',
  'refuse_truncation',
  'describe_tables',
  'remember_tables',
  'refuse_drop',
  'refuse_rewrite',
  'refuse_alter',
  'refuse_removal',
  'refuse_agent',
  'count_overwritten',
  'keep_overwritten',
  'count_agent_update',
  'refuse_orphans',
] as const

/** As their file makes them: name, event, tags (none: every command) and function. */
const eventTriggers = [
  ...eventTriggersSql.matchAll(
    /create event trigger (\w+) on (\w+)\s+(?:when tag in \(([^)]+)\)\s+)?execute function holdfast\.(\w+)/g,
  ),
].map(([, name, event, tags, calls]) => ({
  name: name!,
  event: event!,
  tags:
    tags
      ?.match(/[A-Z ]+/g)
      ?.filter((tag) => tag.trim() !== '')
      .sort()
      .join() ?? null,
  calls: calls!,
}))

const tableNames = [...tablesSql.matchAll(/create table if not exists holdfast\.(\w+)/g)].map(
  (match) => match[1]!,
)

/** The text between the dollar quotes: what PostgreSQL keeps as the function's source. */
const dollarQuote = '$body$'
export const bodyOf = (sql: string): string => sql.split(dollarQuote)[1] ?? ''

const functions = functionNames.map((name) => {
  const sql = load(name)
  return {
    name,
    sql,
    body: bodyOf(sql),
    securityDefiner: /\bsecurity definer\b/.test(sql.split(dollarQuote)[0]!),
  }
})

interface Live {
  functions: { name: string; body: string; securityDefiner: boolean; settings: string[] | null }[]
  tables: string[]
  eventTriggers: { name: string; enabled: string; calls: string; event: string; tags: string[] | null }[]
  isSuperuser: boolean
  hasEvidence: boolean
  mayMakeEvidence: boolean
  replicaDefaults: string[]
  /** Publications FOR ALL TABLES, the guard's own included. */
  publishesAll: string[]
}

export interface SharedObjects {
  objects: GuardObject[]
  eventTriggers: GuardObject[]
  isSuperuser: boolean
  replicaDefaults: string[]
  /** Publications FOR ALL TABLES, the guard's own included. */
  publishesAll: string[]
  hasEvidence: boolean
  mayMakeEvidence: boolean
}

/** The part of the guard that all protected tables share, compared with what this version of Holdfast installs. */
export async function compareSharedObjects(sql: postgres.Sql): Promise<SharedObjects> {
  const [live] = await sql.unsafe<[Live]>(liveSql)
  const tables = tableNames.map((name): GuardObject => {
    const isThere = live.tables.includes(name)
    return {
      table: null,
      object: `table holdfast.${name}`,
      state: isThere ? 'right' : 'missing',
      problem: isThere ? null : `lacks ${name}`,
      statement: tablesSql,
    }
  })
  const shared = functions.map(({ name, sql: statement, body, securityDefiner }): GuardObject => {
    const found = live.functions.find((candidate) => candidate.name === name)
    const equal =
      found?.body === body &&
      found.securityDefiner === securityDefiner &&
      found.settings?.join() === 'search_path=""'
    return {
      table: null,
      object: `function holdfast.${name}`,
      state: !found ? 'missing' : equal ? 'right' : 'different',
      problem: !found ? `its ${name}() is missing` : equal ? null : `its ${name}() was replaced`,
      statement,
    }
  })
  const triggers = eventTriggers.map(({ name, event, tags, calls }): GuardObject => {
    const found = live.eventTriggers.find((candidate) => candidate.name === name)
    const isOn = found !== undefined && ['O', 'A'].includes(found.enabled)
    const equal =
      isOn &&
      found.calls === calls &&
      found.event === event &&
      ([...(found.tags ?? [])].sort().join() || null) === tags
    return {
      table: null,
      object: `event trigger ${name}`,
      state: !found ? 'missing' : equal ? 'right' : 'different',
      problem: !found
        ? `the event trigger ${name} is missing`
        : equal
          ? null
          : `the event trigger ${name} ${isOn ? 'was replaced' : 'is switched off'}`,
      statement: eventTriggersSql,
    }
  })
  const { isSuperuser, hasEvidence, mayMakeEvidence, replicaDefaults, publishesAll } = live
  return {
    objects: [...tables, ...shared],
    eventTriggers: triggers,
    isSuperuser,
    hasEvidence,
    mayMakeEvidence,
    replicaDefaults,
    publishesAll,
  }
}
