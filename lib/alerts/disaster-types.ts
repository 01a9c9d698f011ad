/** Where others' archives of a target are expected, and how they stand. */
export interface ForeignFact {
  store: string
  prefix: string
  maximumAgeHours: number
  /** The moment of the newest one that can be read to its end; null: there was none. */
  newestAt: Date | null
  /** When one of them last came through a drill, and since when there is one at all; null: never, none. */
  lastPassedDrillAt?: Date | null
  firstSeenAt?: Date | null
  proofHours?: number
  /** Cut off, changed after they were seen, or fallen to less than half of the one before. */
  troubles: { name: string; message: string; isDamaged: boolean; at: Date }[]
}

/** The last test of the recovery kit. */
export interface KitFact {
  testedAt: Date | null
  /** Null: everything opened. */
  problem: string | null
}

export interface DisasterFacts {
  foreign?: ForeignFact[]
  /** Of Holdfast's own database only; null elsewhere. */
  kit?: KitFact | null
}
