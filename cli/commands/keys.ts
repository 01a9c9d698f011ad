import { open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { archiveRecipient } from '#lib/backups/archives/archive-identity.ts'
import { requireKeys } from '#lib/backups/archives/authenticate-archive.ts'
import { type ExportedIdentity, exportIdentity } from '#lib/backups/archives/export-identity.ts'
import { AppError } from '#lib/errors.ts'

/** In the form that age-keygen writes. */
const fileOf = ({ keyId, recipient, identity }: ExportedIdentity): string =>
  `# Holdfast's archives, key ${keyId}\n# public key: ${recipient}\n${identity}\n`

/** Makes the file first: when that fails, nobody is given the secret and the audit need not say so. */
async function writeSecret(path: string, secret: () => Promise<ExportedIdentity>): Promise<ExportedIdentity> {
  const file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'it is there already' : cause.message
    throw new AppError('file-not-written', `${path} cannot be written: ${why}.`, { kind: 'invalid', cause })
  })
  try {
    const exported = await secret()
    await file.writeFile(fileOf(exported))
    await file.sync()
    return exported
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** `keys show|export-identity`. */
export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('the installation’s key and what opens its archives')

  addCommand(keys, {
    usage: 'show',
    about: 'which key is at hand and whom archives are encrypted for; no secrets',
    async run({ ctx }) {
      const ring = requireKeys(ctx)
      const recipient = await archiveRecipient(ring)
      const older = ring.older.map(({ keyId }) => keyId)
      return {
        json: { keyId: ring.keyId, recipient, olderKeyIds: older },
        text: [
          `key ${ring.keyId}, archives for ${recipient}`,
          older.length > 0
            ? `earlier keys at hand: ${older.join(', ')}`
            : 'no earlier keys (HOLDFAST_OLD_KEYS)',
        ].join('\n'),
      }
    },
  })

  addCommand(keys, {
    usage: 'export-identity',
    about: 'the secret that opens archives with the age program alone; keep it like the key itself',
    options: [
      ['--out <file>', 'write it to a new file that only you can read'],
      ['--stdout', 'print it instead'],
      ['--key <id>', 'an earlier key’s'],
    ],
    async run({ ctx }, _args, { out, stdout, key }) {
      if ((typeof out === 'string') === (stdout === true)) {
        throw new AppError('usage', 'Say where it goes: --out FILE, or --stdout.', { kind: 'invalid' })
      }
      const destination = typeof out === 'string' ? resolve(out) : 'stdout'
      const give = async () =>
        requireDone(await exportIdentity(ctx, { destination, ...(key ? { keyId: key } : {}) }))
      if (stdout === true) {
        const exported = await give()
        return { json: exported, text: fileOf(exported).trimEnd() }
      }
      const { keyId, recipient } = await writeSecret(destination, give)
      return {
        json: { keyId, recipient, file: destination },
        text: `${destination} opens every archive of key ${keyId}:\nage -d -i ${destination} ARCHIVE.dump.zst.age | zstd -d | pg_restore …`,
      }
    },
  })
}
