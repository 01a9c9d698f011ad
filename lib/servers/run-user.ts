import { readFileSync } from 'node:fs'

export interface RunUser {
  uid: number
  gid: number
}

/**
 * The account that PostgreSQL's server runs as: null for the own one, or, since PostgreSQL refuses to run as root,
 * `postgres` or `nobody` (initdb needs an account with a name) when this process is root.
 */
export function findServerUser(): RunUser | null {
  if (process.geteuid?.() !== 0) return null
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find((fields) => fields[0] === name)
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) }
  }
  return null
}
