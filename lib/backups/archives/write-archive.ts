import { zstdCompressSync } from 'node:zlib'
import { encryptAge } from '#lib/backups/archives/age-file.ts'
import { archiveIdentity, archiveRecipient } from '#lib/backups/archives/archive-identity.ts'
import {
  archiveDamaged,
  type Manifest,
  openManifest,
  signManifest,
} from '#lib/backups/archives/archive-manifest.ts'
import { authenticateBytes, createDigest } from '#lib/backups/archives/authenticate-bytes.ts'
import { assertListed } from '#lib/backups/archives/check-archive.ts'
import { openStored } from '#lib/backups/archives/open-archive.ts'
import type { Globals } from '#lib/backups/archives/read-globals.ts'
import type { ArchivedGlobals, StoredBytes } from '#lib/backups/types.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { KeyRing } from '#lib/keys.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'
import type { Policy } from '#lib/targets/policy.ts'

type Read = () => AsyncIterable<Buffer>

/** Whom a target's archives are encrypted for: this installation first, then the policy's own. */
export const listRecipients = async (keys: KeyRing, policy: Policy): Promise<string[]> => [
  ...new Set([await archiveRecipient(keys), ...policy.archiveRecipients]),
]

/** Reads what was written back from the store: every byte, then the list of contents. Throws AppError `archive-damaged`. */
export async function verifyWritten(
  keys: KeyRing,
  written: { stored(): StoredBytes; facts: Promise<Facts>; pgDumpVersion: string; signal: AbortSignal },
  read: Read,
  scope: Pick<JobScope, 'phase' | 'progress'>,
): Promise<void> {
  const expected = written.stored()
  await scope.phase('verify', expected.archiveBytes)
  const authentic = await authenticateBytes(keys, expected, read(), (_, seen) => scope.progress(seen))
  const { pgDumpVersion, signal } = written
  const dump = openStored(authentic.read(read()), expected, [archiveIdentity(keys)])
  await assertListed({ pgDumpVersion, facts: await written.facts }, dump, signal)
}

/** Encrypts the cluster's globals and writes them beside the archive. */
export async function writeGlobals(
  keys: KeyRing,
  store: ArchiveStore,
  key: string,
  { sql, ...globals }: Globals,
  recipients: readonly string[],
  signal: AbortSignal,
): Promise<ArchivedGlobals> {
  const raw = Buffer.from(sql)
  const digest = createDigest(keys)
  const parts: Buffer[] = []
  const compressed = async function* () {
    yield zstdCompressSync(raw)
  }
  for await (const part of encryptAge(recipients, compressed())) {
    digest.update(part)
    parts.push(part)
  }
  const stored = { ...digest.end(), rawBytes: raw.length }
  const content = async function* () {
    yield* parts
  }
  await store.write(key, content(), {
    signal,
    async verify(read) {
      await authenticateBytes(keys, stored, read())
    },
  })
  return { ...globals, ...stored }
}

/** Signs a manifest and writes it: from here on the archive exists. */
export async function writeManifest(
  keys: KeyRing,
  store: ArchiveStore,
  key: string,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const text = signManifest(keys, manifest)
  const content = async function* () {
    yield Buffer.from(text)
  }
  await store.write(key, content(), {
    signal,
    async verify(read) {
      const parts: Buffer[] = []
      for await (const part of read()) parts.push(part)
      const found = Buffer.concat(parts).toString('utf8')
      if (found !== text) throw archiveDamaged('The manifest is not what was written.')
      openManifest(keys, found)
    },
  })
}
