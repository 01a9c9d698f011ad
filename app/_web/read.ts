import { notFound } from 'next/navigation'
import type { ZodType, z } from 'zod'
import { getDb } from '#app/_web/db.ts'
import { requireUser, type SessionUser } from '#app/_web/session.ts'
import { toWire, type Wire } from '#app/_web/wire.ts'
import type { Topic } from '#lib/db/changes.ts'
import type { Db } from '#lib/db/client.ts'
import { AppError } from '#lib/errors.ts'

export interface ReadScope {
  db: Db
  user: SessionUser
}

export interface Read<Schema extends ZodType = ZodType, T = unknown> {
  name: string
  /** A change of one of these makes open screens read again. */
  topics: readonly Topic[]
  input: Schema
  read(scope: ReadScope, input: z.output<Schema>): Promise<T>
}

/** What a page hands to its screen: the data, and how to read it again. */
export interface Loaded<T> {
  name: string
  input: unknown
  topics: readonly Topic[]
  data: Wire<T>
  /** The server's clock when it was read. */
  at: number
}

/** What a read gives: `Loaded<ReadData<typeof xRead>>` is a screen's prop. */
export type ReadData<R> = R extends Read<infer _Schema, infer T> ? T : never

/** Makes a read: what one screen shows, for any signed-in person. Register it in read-registry.ts. */
export const defineRead = <Schema extends ZodType, T>(read: Read<Schema, T>): Read<Schema, T> => read

/** Reads for the first paint. A missing thing becomes the not-found page. */
export async function load<Schema extends ZodType, T>(
  read: Read<Schema, T>,
  input: z.input<Schema>,
): Promise<Loaded<T>> {
  const user = await requireUser()
  const at = Date.now()
  try {
    const data = (await read.read({ db: getDb(), user }, read.input.parse(input))) as T
    return { name: read.name, input: input ?? null, topics: read.topics, data: toWire(data), at }
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not-found') notFound()
    throw error
  }
}
