import { text } from 'node:stream/consumers'
import { askHidden } from '#cli/ask-password.ts'
import { AppError } from '#lib/errors.ts'

/**
 * Something secret from standard input, or typed at the terminal without being shown. Never from the command line, which
 * every account of the host can read.
 */
export async function readSecret(what: string): Promise<string> {
  const given = process.stdin.isTTY ? await askHidden(`${what}: `) : await text(process.stdin)
  const secret = given.trim()
  if (secret) return secret
  throw new AppError('secret-missing', `The ${what} is missing.`, {
    kind: 'invalid',
    hint: 'Pipe it in, or run this at a terminal and type it.',
  })
}
