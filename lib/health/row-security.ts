import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Row, Sample } from '#lib/health/types.ts'
import type { Fragment } from '#lib/sql/fragment.ts'
import { sameTable, type TableName } from '#lib/sql/identifier.ts'
import { policyTable } from '#lib/targets/policy.ts'

export interface SecurityPolicy {
  /** Quoted as SQL needs it. */
  name: string
  /** r, a, w, d, or * for all. */
  command: 'r' | 'a' | 'w' | 'd' | '*'
  permissive: boolean
  using: string | null
  check: string | null
  /** `public` for everybody; null for a role that is not there any more. */
  roles: (string | null)[]
}

export interface Exposure {
  /** `public`, or one of the exposed roles. */
  role: string
  privileges: string[]
}

/** A relation as `row-security.sql` reads it. */
export interface SecuredRelation extends TableName {
  /** Quoted as SQL needs it. */
  place: string
  kind: 'r' | 'p' | 'v' | 'm' | 'f'
  isOn: boolean
  isForced: boolean
  owner: string
  policies: SecurityPolicy[]
  exposures: Exposure[]
  isGranted: boolean
  /** The tables past whose policies a view reads. */
  bypasses: string[]
}

/** An array as PostgreSQL reads it from text. */
const arrayText = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`

export const rowSecuritySql = (exposedRoles: readonly string[]): Fragment =>
  loadFragment(new URL('./sql/row-security.sql', import.meta.url), arrayText(exposedRoles))

export const toRelations = (rows: readonly Row[]): SecuredRelation[] => rows as unknown as SecuredRelation[]

export const isTable = ({ kind }: SecuredRelation): boolean => kind === 'r' || kind === 'p'

/** Whether a list of the policy names this relation. */
export const isNamed = (tables: readonly string[], relation: SecuredRelation): boolean =>
  tables.some((table) => sameTable(policyTable(table), relation))

/** What a finding shows of the things it found. */
export const listed = (samples: Sample[]): { affected: number; samples: Sample[] } => ({
  affected: samples.length,
  samples: samples.slice(0, 20),
})

/** Catalogs change by hand and by deployments, not by the minute. */
export const securityMinutes = 5
