import { existsSync, readFileSync } from 'node:fs'
import type { Counts } from '#scripts/stages.ts'

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numFailedTestSuites: number
  numPendingTests: number
  success: boolean
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors: unknown[]
}

/**
 * Runs a test program and reads its counts from the report it writes. A failure that no test explains (a file that
 * does not load, a server that does not start) counts as one; so does a skipped test, because none may be skipped.
 */
export async function counted(
  run: () => Promise<void>,
  file: string,
  read: (report: unknown) => Counts,
): Promise<Counts> {
  let ended: Error | null = null
  try {
    await run()
  } catch (error) {
    ended = error as Error
  }
  if (!existsSync(file)) throw ended ?? new Error(`no report at ${file}`)
  const counts = read(JSON.parse(readFileSync(file, 'utf8')))
  if (counts.passed + counts.failed === 0) throw ended ?? new Error('no test ran')
  return ended && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

export function countVitest(report: unknown): Counts {
  const { numPassedTests, numFailedTests, numPendingTests, success } = report as VitestReport
  const failed = numFailedTests + numPendingTests
  return { passed: numPassedTests, failed: failed === 0 && !success ? 1 : failed }
}

export function countPlaywright(report: unknown): Counts {
  const { stats, errors } = report as PlaywrightReport
  const failed = stats.unexpected + stats.flaky + stats.skipped
  return { passed: stats.expected, failed: failed === 0 && errors.length > 0 ? 1 : failed }
}
