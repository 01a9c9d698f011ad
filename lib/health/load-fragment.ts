import type { Fragment } from '#lib/sql/fragment.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

/** A plain SQL file as a collector. */
export const loadFragment = (url: URL): Fragment => ({ parts: [loadSql(url).trim()] })
