import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { packageRoot } from '#lib/env.ts'

const onPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const onMac = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Ubuntu's chromium-browser may be a stub that only says to install the snap; asking for the version tells. */
const runs = (binary: string): boolean => spawnSync(binary, ['--version'], { timeout: 20_000 }).status === 0

const which = (name: string): string | null =>
  spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout?.trim() || null

/** A Chromium that runs on this machine, or null: the system's, else the one that Playwright downloaded. */
export function findBrowser(): string | null {
  const candidates = [...onPath.map(which), ...onMac.filter(existsSync), chromium.executablePath()]
  return candidates.find((path) => path && existsSync(path) && runs(path)) ?? null
}

/** Like `findBrowser`; installs one when there is none. Throws when that fails: the suite is never skipped for it. */
export function requireBrowser(): string {
  const found = findBrowser()
  if (found) return found
  const install = (command: string, args: string[]): boolean => {
    process.stdout.write(`No browser found; running: ${command} ${args.join(' ')}\n`)
    return spawnSync(command, args, { stdio: 'inherit', cwd: packageRoot }).status === 0
  }
  const playwright = join(packageRoot, 'node_modules/@playwright/test/cli.js')
  const asRootOnDebian = process.geteuid?.() === 0 && existsSync('/usr/bin/apt-get')
  install(process.execPath, [playwright, 'install', ...(asRootOnDebian ? ['--with-deps'] : []), 'chromium'])
  if (!findBrowser() && asRootOnDebian) {
    install('apt-get', ['update']) && install('apt-get', ['install', '-y', 'chromium'])
  }
  const installed = findBrowser()
  if (installed) return installed
  throw new Error(
    'No Chromium could be found or installed. Install one, e.g.: npx playwright install chromium',
  )
}
