import { messageOf } from '#lib/errors.ts'

const works: (() => unknown)[] = []

/** What hangs must not hold up the rest. */
const longestMs = 15_000

async function inTime(work: () => unknown): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`not done within ${longestMs} ms`)), longestMs)
  try {
    await Promise.race([work(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Has this done after the test file's last test, the newest first. Vitest hears an `afterAll` only while it collects a file:
 * what a hook or a test made would stay for ever.
 */
export const cleanUp = (work: () => unknown): void => {
  works.push(work)
}

/** Called once per test file, by set-up.ts. What cannot be tidied up fails no test, but is told. */
export async function cleanUpAll(): Promise<void> {
  for (const work of works.splice(0).reverse()) {
    try {
      await inTime(work)
    } catch (error) {
      process.stderr.write(`not tidied up: ${messageOf(error)}\n`)
    }
  }
}
