/** Whether the key at hand opens the newest archive of one database in one store. */
export interface KitArchive {
  target: string
  isControl: boolean
  store: string
  backupId: string
  takenAt: string
  keyId: string | null
  /** Null: it opens. */
  problem: string | null
}

/** What a test of the recovery kit found; kept as its job's result. */
export interface KitTest {
  ok: boolean
  /** Of the key that was at hand. Never the key. */
  keyId: string
  olderKeyIds: string[]
  /** Where the process that tested has its key from, for people who have to keep it. */
  keyPlace: string
  archives: KitArchive[]
  /** Databases without a good archive in any store. */
  without: string[]
  credentials: { opened: number; problems: string[] }
  /** The newest pg_restore there; null: none. */
  toolsVersion: string | null
  holdfastVersion: string
}

export interface KitStore {
  name: string
  kind: 'local' | 's3'
  place: string
  /** As `holdfast restores from-store` takes it, with its flags. */
  argument: string
  /** False: it lies on the very machine that may be lost. */
  leavesTheMachine: boolean
}

/** Everything that has to be known on the day when only the stores and the key are left. */
export interface RecoveryKit {
  keyId: string | null
  stores: KitStore[]
  lastTest: { at: Date; test: KitTest | null; error: string | null } | null
  testing: boolean
}

export interface KitStep {
  title: string
  about: string
  commands: string[]
}
