import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { counted, countPlaywright, countVitest } from '#scripts/count-tests.ts'

const reportFile = (content: object): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-counts-')), 'report.json')
  writeFileSync(file, JSON.stringify(content))
  return file
}
const unit = (passed: number, failed: number, pending = 0, success = failed === 0) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  success,
})
const fine = async () => {}
const broken = async () => {
  throw new Error('ended with 1')
}

test('counts what passed and what failed', async () => {
  expect(await counted(fine, reportFile(unit(5, 0)), countVitest)).toEqual({ passed: 5, failed: 0 })
  expect(await counted(broken, reportFile(unit(3, 2)), countVitest)).toEqual({ passed: 3, failed: 2 })
})

test('counts a skipped test as a failure', async () => {
  expect(await counted(fine, reportFile(unit(5, 0, 1)), countVitest)).toEqual({ passed: 5, failed: 1 })
  const stats = { expected: 4, unexpected: 0, flaky: 0, skipped: 1 }
  expect(countPlaywright({ stats, errors: [] })).toEqual({ passed: 4, failed: 1 })
})

test('counts a run that breaks without a failed test as a failure', async () => {
  expect(await counted(broken, reportFile(unit(5, 0)), countVitest)).toEqual({ passed: 5, failed: 1 })
  const stats = { expected: 4, unexpected: 0, flaky: 0, skipped: 0 }
  expect(countPlaywright({ stats, errors: [{}] })).toEqual({ passed: 4, failed: 1 })
})

test('never takes a run in which nothing ran for a success', async () => {
  await expect(counted(fine, reportFile(unit(0, 0)), countVitest)).rejects.toThrow('no test ran')
  await expect(counted(broken, '/nowhere/report.json', countVitest)).rejects.toThrow('ended with 1')
})
