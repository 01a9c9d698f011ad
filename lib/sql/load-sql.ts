import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '#lib/env.ts'

/**
 * Where the file is. In the bundle of a page the URL is that of an asset of the build, without a protocol, because the same
 * code could run in a browser.
 */
const placeOf = (url: URL): URL | string =>
  url.protocol === 'file:'
    ? url
    : join(packageRoot, process.env.HOLDFAST_DIST_DIR ?? '.next', url.href.replace('/_next/', ''))

/** Reads a plain SQL file that lies beside the calling module: `loadSql(new URL('./sql/x.sql', import.meta.url))`. */
export const loadSql = (url: URL): string => readFileSync(placeOf(url), 'utf8')
