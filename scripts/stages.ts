export interface Counts {
  passed: number
  failed: number
}

interface StageResult {
  name: string
  ok: boolean
  seconds: number
  counts: Counts
}

const results: StageResult[] = []

/** Runs one stage of the tests, says how long it took, and goes on when it fails. Returns whether it passed. */
export async function stage(name: string, work: () => Promise<Counts | undefined>): Promise<boolean> {
  process.stdout.write(`\n── ${name}\n`)
  const begun = Date.now()
  let counts: Counts = { passed: 0, failed: 0 }
  let ok = true
  try {
    counts = (await work()) ?? counts
    ok = counts.failed === 0
  } catch (error) {
    ok = false
    // A stage that counts no tests, or broke before it could, is one failure.
    counts = { passed: 0, failed: 1 }
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`)
  }
  const seconds = (Date.now() - begun) / 1000
  results.push({ name, ok, seconds, counts })
  process.stdout.write(`── ${name}: ${ok ? 'ok' : 'FAILED'} in ${seconds.toFixed(1)} s\n`)
  return ok
}

/** Prints every stage with its duration, then the one line that machines read. Returns the exit code. */
export function report(): number {
  process.stdout.write('\n')
  for (const { name, ok, seconds, counts } of results) {
    const tests =
      counts.passed + counts.failed > 0 ? `  ${counts.passed} passed, ${counts.failed} failed` : ''
    process.stdout.write(
      `${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)} ${seconds.toFixed(1).padStart(7)} s${tests}\n`,
    )
  }
  const sum = (pick: (counts: Counts) => number) =>
    results.reduce((total, { counts }) => total + pick(counts), 0)
  const failed = sum((counts) => counts.failed)
  process.stdout.write(`\n${sum((counts) => counts.passed)} passed, ${failed} failed\n`)
  return results.every(({ ok }) => ok) ? 0 : 1
}
