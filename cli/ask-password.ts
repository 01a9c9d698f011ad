import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { AppError } from '#lib/errors.ts'

/** The password from `HOLDFAST_PASSWORD`, else typed at the terminal without being shown. */
export async function askPassword(email: string): Promise<string> {
  const given = process.env.HOLDFAST_PASSWORD
  if (given) return given
  if (!process.stdin.isTTY) {
    throw new AppError('password-missing', `The password of ${email} is missing.`, {
      kind: 'invalid',
      hint: 'Set HOLDFAST_PASSWORD, or run this at a terminal.',
    })
  }
  return askHidden(`Password of ${email}: `)
}

/** What is typed at the terminal, without being shown. */
export async function askHidden(question: string): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
