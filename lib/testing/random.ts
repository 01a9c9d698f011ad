/** Numbers that a test can have again: `HOLDFAST_TEST_SEED` or a new seed, which the test prints when it fails. */
export function createRandom() {
  const seed = Number(process.env.HOLDFAST_TEST_SEED) || Math.floor(Math.random() * 2 ** 31)
  const seedText = `run again with HOLDFAST_TEST_SEED=${seed}`
  process.stdout.write(`${seedText}\n`)
  // mulberry32
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    seedText,
    /** A whole number from 0 up to but without `limit`. */
    below: (limit: number): number => Math.floor(next() * limit),
  }
}
