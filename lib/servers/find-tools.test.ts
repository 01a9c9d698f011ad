import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findTools, listTools, requireTools } from '#lib/servers/find-tools.ts'

const place = mkdtempSync(join(tmpdir(), 'holdfast-tools-'))
const pathBefore = process.env.PATH

/** An installation of client programs that says this version. */
function install(version: string, programs = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql']): string {
  const bin = join(place, version)
  mkdirSync(bin)
  for (const program of programs) {
    writeFileSync(join(bin, program), `#!/bin/sh\necho "${program} (PostgreSQL) ${version}"\n`)
    chmodSync(join(bin, program), 0o755)
  }
  return bin
}

describe('the client programs', () => {
  beforeAll(() => {
    const bins = [
      install('98.5'),
      install('98.10'),
      install('99.1'),
      install('14.23'),
      install('97.1', ['pg_dump', 'pg_restore', 'psql']),
    ]
    process.env.PATH = [...bins, pathBefore].join(delimiter)
  })
  afterAll(() => {
    process.env.PATH = pathBefore
    rmSync(place, { recursive: true, force: true })
  })

  it('are of the server’s major, and of that the newest minor', () => {
    expect(findTools(98)).toMatchObject({ version: '98.10', major: 98 })
    expect(findTools()).toMatchObject({ version: '99.1' })
  })

  it('are of the next newer major where the server’s own is not there or not whole', () => {
    expect(findTools(97)).toMatchObject({ version: '98.10' })
  })

  it('are never too old: refused with both versions and the command that installs newer ones', () => {
    expect(listTools().some(({ major }) => major < 15)).toBe(false)
    expect(() => requireTools(100)).toThrow(
      expect.objectContaining({
        code: 'no-postgres-tools',
        message: expect.stringMatching(/99\.1.*version 100/),
        hint: expect.stringContaining('Install'),
      }),
    )
  })
})
