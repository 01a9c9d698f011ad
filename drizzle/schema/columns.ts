import { timestamp, uuid } from 'drizzle-orm/pg-core'

/** A random identifier; ids are never guessed, ordered by or shown as a sequence. */
export const id = () => uuid().primaryKey().defaultRandom()

/** An instant. Always with time zone; read and written as a JavaScript Date. */
export const instant = () => timestamp({ withTimezone: true, mode: 'date' })

/** The instant a row was made, by the database's clock. */
export const madeAt = () => instant().notNull().defaultNow()
