import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '#lib/env.ts'
import { benchArchives } from '#scripts/bench/archives.ts'
import { benchDrills } from '#scripts/bench/drills.ts'
import { benchGuards } from '#scripts/bench/guards.ts'
import { benchHealth } from '#scripts/bench/health.ts'
import { benchLive } from '#scripts/bench/live.ts'
import { benchPages } from '#scripts/bench/pages.ts'
import { describeMachine, whyBusy } from '#scripts/bench/paired.ts'
import { benchRows } from '#scripts/bench/rows.ts'
import { benchWatch } from '#scripts/bench/watch.ts'

// `npm run bench -- <noun>`: measures in pairs and keeps the report in docs/reports/bench-<noun>.md.

type Bench = (tiny: boolean, pairs: number, isBusy: boolean, rows?: number) => Promise<string>

const benches: Record<string, Bench> = {
  archives: benchArchives,
  drills: benchDrills,
  guards: benchGuards,
  health: benchHealth,
  live: benchLive,
  pages: benchPages,
  rows: benchRows,
  watch: benchWatch,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Proves that the bench runs; its numbers mean nothing and are not kept. */
    tiny: { type: 'boolean', default: false },
    pairs: { type: 'string', default: '9' },
    /** Of the biggest table, where a bench can be had smaller. */
    rows: { type: 'string' },
    /** Measures although the machine is busy; the report then gives no verdict. */
    anyway: { type: 'boolean', default: false },
  },
})
const [noun] = positionals
const bench = benches[noun ?? '']
if (!bench) {
  process.stderr.write(
    `usage: npm run bench -- <${Object.keys(benches).join(' | ')}> [--pairs 9] [--rows N] [--anyway] [--tiny]\n`,
  )
  process.exit(2)
}
const busy = whyBusy()
if (busy && !values.anyway && !values.tiny) {
  process.stderr.write(`No measurement: ${busy}. Wait, or say --anyway for numbers without a verdict.\n`)
  process.exit(3)
}
const begun = describeMachine()
const report = await bench(
  values.tiny,
  values.tiny ? 2 : Math.max(Number(values.pairs) || 9, 9),
  busy !== null,
  values.rows === undefined ? undefined : Number(values.rows),
)
const text = [
  `# Bench: ${noun}`,
  '',
  `\`npm run bench -- ${process.argv.slice(2).join(' ')}\` on ${new Date().toISOString().slice(0, 10)}. ${begun}.`,
  busy ? `\nThe machine was busy (${busy}): no verdict.\n` : '',
  report,
  '',
].join('\n')
process.stdout.write(`${text}\n`)
if (!values.tiny) {
  const directory = join(packageRoot, 'docs/reports')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, `bench-${noun}.md`), text)
}
// The queue library's timers keep a process alive for a minute after its work.
process.exit()
