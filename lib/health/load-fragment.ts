import { bind, type Fragment } from '#lib/sql/fragment.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

/** A plain SQL file as a collector; a value given is bound wherever the file says `$1`. */
export function loadFragment(url: URL, value?: string): Fragment {
  const text = loadSql(url).trim()
  if (value === undefined) return { parts: [text] }
  const bound = bind(value).parts
  return { parts: text.split('$1').flatMap((part, index) => (index > 0 ? [...bound, part] : [part])) }
}
