import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Programs of others that the tests open our archives with, by their Debian packages. */
const programs = { age: 'age', zstd: 'zstd' } as const

const runs = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/**
 * Makes sure that the stock programs are there which must be able to open an archive without Holdfast; installs them
 * where that is possible. Throws when it is not: the suite is never skipped for it. Returns their names.
 */
export function requirePrograms(): string {
  const names = Object.keys(programs) as (keyof typeof programs)[]
  const missing = () => names.filter((name) => !runs(name))
  if (missing().length > 0 && process.geteuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const packages = missing().map((name) => programs[name])
    process.stdout.write(
      `Not found: ${missing().join(', ')}; running: apt-get install -y ${packages.join(' ')}\n`,
    )
    const install = () =>
      spawnSync('apt-get', ['install', '-y', ...packages], { stdio: 'inherit' }).status === 0
    // A bare machine has no package lists yet.
    if (!install()) {
      spawnSync('apt-get', ['update'], { stdio: 'inherit' })
      install()
    }
  }
  if (missing().length === 0) return names.join(', ')
  throw new Error(
    `The tests open archives with the programs ${names.join(' and ')}. Install: ${missing().join(', ')}`,
  )
}
