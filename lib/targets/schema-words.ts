import type { Column, Table } from '#lib/targets/types.ts'

// What schemas usually call things. Guesses for a proposal that a person reviews; nothing else relies on them.

const userTable = /(^|_|-)(users?|accounts?|profiles?|members?|persons?|people|employees?|staff)$/i
const accountTable = /(^|_|-)(users?|accounts?)$/i
const organizationTable =
  /(^|_|-)(organi[sz]ations?|orgs?|teams?|compan(y|ies)|tenants?|workspaces?|firms?|clubs?|departments?|projects?)$/i
const membershipTable = /member|_users?$|users?_|roles?$|staff|seats?$|participants?$|assignments?$/i
const passingTable =
  /(^|_|-)(logs?|audits?|sessions?|caches?|queues?|jobs?|events?|migrations?|versions?|tmp|temp|tokens?|notifications?|outbox)(_|-|$)/i

export const isUserTable = (table: Table): boolean => userTable.test(table.name)
/** A user table that people sign in with, rather than one that describes them. */
export const isAccountTable = (table: Table): boolean => accountTable.test(table.name)
export const isOrganizationTable = (table: Table): boolean => organizationTable.test(table.name)
export const soundsLikeMembership = (table: Table): boolean => membershipTable.test(table.name)

/** Logs, queues and the like: they grow and are purged by design, so that losing rows there is no loss. */
export const isPassing = (table: Table): boolean => passingTable.test(table.name)

const isText = ({ type }: Column): boolean => /^(text|character varying|citext|.*\.citext)/.test(type)
const isTime = ({ type }: Column): boolean => /^(timestamp|date)/.test(type)

function findColumn(table: Table, pattern: RegExp, accept: (column: Column) => boolean): string | undefined {
  return table.columns.find((column) => pattern.test(column.name) && accept(column))?.name
}

/** The column that people recognise a row by. */
export const findLabel = (table: Table): string | undefined =>
  findColumn(table, /^(e_?)?mail(_address)?$/i, isText) ??
  findColumn(table, /^(user_?name|login|handle)$/i, isText) ??
  findColumn(table, /^(full_?name|display_?name|name|title)$/i, isText) ??
  findColumn(table, /(_name|name)$/i, isText)

export const findExpiry = (table: Table): string | undefined =>
  findColumn(
    table,
    /^(expires?(_at|_on)?|expir(y|ation)(_date|_at)?|valid_(until|to)|ends?_(at|on))$/i,
    isTime,
  )

export const findStart = (table: Table): string | undefined =>
  findColumn(table, /^(starts?_(at|on)|effective_(date|from)|valid_from|begins?_(at|on))$/i, isTime)

export const findRole = (table: Table): string | undefined =>
  findColumn(table, /^(role|role_name|user_role|member_role|access_level|permission)$/i, () => true)

/** Conditions under which a row counts as living, from the usual flags and time stamps. */
export function guessLiving(table: Table): Record<string, boolean | null> {
  const living: Record<string, boolean | null> = {}
  for (const column of table.columns) {
    if (column.type === 'boolean' && /^(is_)?(active|enabled)$/i.test(column.name)) living[column.name] = true
    if (column.type === 'boolean' && /^(is_)?(deleted|disabled|archived|banned)$/i.test(column.name)) {
      living[column.name] = false
    }
    if (
      isTime(column) &&
      /^(deleted|disabled|archived|removed|revoked|closed|left)_(at|on)$/i.test(column.name)
    ) {
      living[column.name] = null
    }
  }
  return living
}

/** `customer` for `customer_id`, `customerId`, `from_customer_uuid`. Null when the name is not that of a reference. */
export function referenceStem(column: string): string | null {
  const snake = column.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  const stem = /^(.+)_(id|uuid|key|ref)$/.exec(snake)?.[1]
  if (!stem) return null
  return stem.replace(/^(from|to|parent|source|target|owner|assigned|created_by|updated_by)_(?=.)/, '')
}

/** Whether a table's name is the stem's, singular or plural, with or without a prefix. */
export function isNamedAfter(table: Table, stem: string): boolean {
  const name = table.name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  const forms = [stem, `${stem}s`, `${stem}es`, stem.replace(/y$/, 'ies')]
  return forms.some((form) => name === form || name.endsWith(`_${form}`) || name.endsWith(`-${form}`))
}

/** A name that a policy accepts, from any identifier. */
export const slugOf = (text: string): string =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 50) || 'unnamed'
