import { join } from 'node:path'
import { webDatabaseUrl } from '#lib/db/grant-web-role.ts'
import { dataDirectory, packageRoot } from '#lib/env.ts'
import type { KeyRing } from '#lib/keys.ts'

const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NO_COLOR', 'HOLDFAST_LOG_LEVEL'] as const

const ordinary = (): NodeJS.ProcessEnv =>
  Object.fromEntries(passedOn.map((name) => [name, process.env[name]]).filter(([, value]) => value))

/**
 * The web process's environment, written out rather than inherited: no key, no data directory, and a database
 * account of its own (null: the server does not let us make one, so it gets the control database's).
 */
export function webEnvironment(spec: {
  databaseUrl: string
  keys: KeyRing
  ownRole: boolean
  publicUrl: string
  dev: boolean
}): NodeJS.ProcessEnv {
  return {
    ...ordinary(),
    NODE_ENV: spec.dev ? 'development' : 'production',
    HOLDFAST_ROLE: 'web',
    DATABASE_URL: spec.ownRole ? webDatabaseUrl(spec.databaseUrl, spec.keys) : spec.databaseUrl,
    NEXTAUTH_URL: spec.publicUrl,
    // Derived, so that it survives restarts and is the same on every replica with the same key.
    NEXTAUTH_SECRET: spec.keys.derive('next-auth').toString('base64url'),
    NEXT_TELEMETRY_DISABLED: '1',
    // Said, so that Next does not look for lock files above the package, which it may not read.
    NEXT_PRIVATE_OUTPUT_TRACE_ROOT: packageRoot,
  }
}

/** The worker's environment: it holds the key, as the environment or the data directory gives it. */
export const workerEnvironment = (databaseUrl: string): NodeJS.ProcessEnv => ({
  ...process.env,
  HOLDFAST_ROLE: 'worker',
  HOLDFAST_DATA: dataDirectory(),
  DATABASE_URL: databaseUrl,
})

export const logFile = (name: string): string => join(dataDirectory(), 'logs', `${name}.log`)
