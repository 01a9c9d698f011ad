import { notFound } from 'next/navigation'
import type { ZodType, z } from 'zod'
import { type Audience, type Reader, readerFor } from '#app/_web/audience.ts'
import { getDb } from '#app/_web/db.ts'
import { requireUser } from '#app/_web/session.ts'
import { toWire, type Wire } from '#app/_web/wire.ts'
import type { Topic } from '#lib/db/changes.ts'
import type { Db } from '#lib/db/client.ts'
import { AppError } from '#lib/errors.ts'

export interface ReadScope<A extends Audience = Audience> {
  db: Db
  user: Reader<A>
}

export interface Read<Schema extends ZodType = ZodType, T = unknown, A extends Audience = Audience> {
  name: string
  /** A change of one of these makes open screens read again. */
  topics: readonly Topic[]
  /**
   * Of whom the data depends. A person's is read once per person, a role's once per role, everyone's once, however many
   * watch. Left out: a person's.
   */
  audience?: A
  input: Schema
  read(scope: ReadScope<A>, input: z.output<Schema>): Promise<T>
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
export type ReadData<R> = R extends Read<infer _Schema, infer T, infer _Audience> ? T : never

/** Makes a read: what one screen shows, for any signed-in person. Register it in read-registry.ts. */
export const defineRead = <Schema extends ZodType, T, A extends Audience = 'person'>(
  read: Read<Schema, T, A>,
): Read<Schema, T, A> => read

/** Reads for the first paint. A missing thing becomes the not-found page. */
export async function load<Schema extends ZodType, T, A extends Audience>(
  read: Read<Schema, T, A>,
  input: z.input<Schema>,
): Promise<Loaded<T>> {
  const user = await requireUser()
  const at = Date.now()
  try {
    const reader = readerFor(read.audience, user) as Reader<A>
    const data = (await read.read({ db: getDb(), user: reader }, read.input.parse(input))) as T
    return { name: read.name, input: input ?? null, topics: read.topics, data: toWire(data), at }
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not-found') notFound()
    throw error
  }
}
