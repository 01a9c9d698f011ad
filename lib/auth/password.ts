import { availableParallelism } from 'node:os'
import { hash, type Options, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { AppError } from '#lib/errors.ts'

/** The library's default algorithm is argon2id; its enum of algorithms exists in types only. */
const argon2id: Options = {
  memoryCost: 19 * 1024,
  timeCost: 2,
  parallelism: 1,
}

/** Longer than people type, short enough that nobody makes us hash megabytes. */
const longestPassword = 256

/** A password that a person chooses. */
export const newPassword = z
  .string()
  .min(12, 'at least 12 characters')
  .max(longestPassword, `at most ${longestPassword} characters`)

/** A password that a person claims to know; nothing is said about its form. */
export const claimedPassword = z.string().max(longestPassword)

const parallelHashes = availableParallelism()
const longestQueue = 64
const waiting: (() => void)[] = []
let running = 0

/** Runs at most as many hashes at once as there are cores, so that a flood of sign-ins leaves the process responsive. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= parallelHashes) {
    if (waiting.length >= longestQueue) {
      throw new AppError('sign-in-busy', 'Too many people sign in at this moment.', {
        kind: 'unavailable',
        hint: 'Try again in a few seconds.',
      })
    }
    // The one who ends hands its place over, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else {
    running++
  }
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

/** The argon2id hash of a password, in PHC form. */
export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(password, argon2id))

let decoy: Promise<string> | null = null

/**
 * Whether the password belongs to the hash. Without a hash (unknown or disabled account, no password yet) a decoy
 * is checked, so that the answer takes as long as for a known account; it is then always false.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword('the password of nobody')
  const stored = passwordHash ?? (await decoy)
  const holds = await inTurn(() => verify(stored, password))
  return holds && passwordHash !== null
}
