import { readFileSync } from 'node:fs'

/** Reads a plain SQL file that lies beside the calling module: `loadSql(new URL('./sql/x.sql', import.meta.url))`. */
export const loadSql = (url: URL): string => readFileSync(url, 'utf8')
