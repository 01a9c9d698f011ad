import { readFileSync } from 'node:fs'
import { AppError, messageOf } from '#lib/errors.ts'

/** A JSON document from a file, or from standard input for `-`. Throws AppError `file-unreadable` or `file-not-json`. */
export function readDocument(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new AppError('file-unreadable', `${file} cannot be read: ${messageOf(error)}`, { kind: 'invalid' })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AppError('file-not-json', `${file} is not JSON: ${messageOf(error)}`, { kind: 'invalid' })
  }
}
