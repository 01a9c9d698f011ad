import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '#lib/env.ts'

const fileOf = (name: string): string => join(packageRoot, '..', 'shared', 'data', `${name}.sql`)

/** Whether a database that nobody here made lies beside the checkout. Where it does not, it is not among the tests. */
export const hasPublicData = (name: string): boolean => existsSync(fileOf(name))

/** The script that makes it. */
export const readPublicData = (name: string): string =>
  readFileSync(fileOf(name), 'utf8').replace(/^SET default_with_oids.*$/m, '')

/** Those that are there. */
export const publicDatabases = ['chinook', 'northwind'].filter(hasPublicData)
