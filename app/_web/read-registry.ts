import type { Read } from '#app/_web/read.ts'

/** Every read that a screen may ask for again by name. Add yours, sorted by name. */
const reads: readonly Read[] = []

/** The read of this name, or null. */
export const findRead = (name: string): Read | null => reads.find((read) => read.name === name) ?? null
