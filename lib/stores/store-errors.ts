import { AppError } from '#lib/errors.ts'

/** The store did not answer, or is not the one that was added. Never said of a store that answered “no such object”. */
export const unreachable = (name: string, why: string, cause?: unknown, hint?: string): AppError =>
  new AppError('store-unreachable', `The store “${name}” does not answer: ${why}`, {
    kind: 'unavailable',
    hint: hint ?? `See what is wrong with: holdfast stores check ${name}`,
    cause,
  })

export const objectMissing = (name: string, key: string): AppError =>
  new AppError('store-object-missing', `“${name}” has no object ${key}.`)

export const objectExists = (name: string, key: string): AppError =>
  new AppError('store-object-exists', `“${name}” has an object ${key} already.`)

export const objectChanged = (name: string, key: string, cause?: unknown): AppError =>
  new AppError('store-object-changed', `${key} in “${name}” is not the object that it was a moment ago.`, {
    cause,
  })

export const storeFull = (name: string, hint: string, cause?: unknown): AppError =>
  new AppError('store-full', `The store “${name}” has no room left.`, { kind: 'unavailable', hint, cause })

export const storeTaken = (place: string, owner: string): AppError =>
  new AppError('store-taken', `${place} is another store already (${owner.slice(0, 60)}).`, {
    kind: 'refused',
    hint: 'Give this store a directory, bucket or prefix of its own.',
  })

const notKey = (key: string) =>
  new AppError('store-key-malformed', `Not a name within a store: ${JSON.stringify(key.slice(0, 100))}`, {
    kind: 'invalid',
  })

/** What is read may have been named by others; it must stay within the store all the same. */
export function assertReadableKey(key: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  if (!key || key.length > 1000 || /[\u0000-\u001f\u007f\\]|^\/|\/\/|\/$|(^|\/)\.\.?(\/|$)/.test(key))
    throw notKey(key)
}

/** What Holdfast writes is named by ids and fixed words; anything else is a mistake of Holdfast's own. */
export function assertKey(key: string): void {
  assertReadableKey(key)
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,250}$/.test(key) || /\/\./.test(key)) throw notKey(key)
}

export const isCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException | null)?.code ?? '')
