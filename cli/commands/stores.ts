import { resolve } from 'node:path'
import type { Command } from 'commander'
import { askHidden } from '#cli/ask-password.ts'
import { addCommand, requireDone } from '#cli/command.ts'
import { colors, paintState, table } from '#cli/output.ts'
import { AppError } from '#lib/errors.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { addForeignStore } from '#lib/stores/add-foreign-store.ts'
import { addStore } from '#lib/stores/add-store.ts'
import { checkStoreByName } from '#lib/stores/measure-stores.ts'
import { formatPlace, getStoreByName, listStores, listTargetsOfStore } from '#lib/stores/queries.ts'
import { removeStore } from '#lib/stores/remove-store.ts'
import type { S3Credentials, S3Settings, StoreRecord } from '#lib/stores/types.ts'

const toJson = (store: StoreRecord) => ({ ...store, place: formatPlace(store) })

const rowOf = (store: StoreRecord) => [
  store.name,
  store.kind,
  formatPlace(store),
  paintState(store.status),
  formatBytes(store.usedBytes),
  store.freeBytes === null ? null : formatBytes(store.freeBytes),
  store.error?.message,
]

const head = ['name', 'kind', 'place', 'status', 'used', 'free', 'error']

type Options = Record<string, string | boolean | undefined>

const text = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/** From the environment or the terminal; never from the command line, which every account of the host can read. */
async function askCredentials(options: Options): Promise<S3Credentials | null> {
  if (options.machineCredentials) return null
  const { env } = process
  const accessKeyId = env.HOLDFAST_STORE_ACCESS_KEY ?? env.AWS_ACCESS_KEY_ID
  const secretAccessKey = env.HOLDFAST_STORE_SECRET_KEY ?? env.AWS_SECRET_ACCESS_KEY
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey }
  if (!process.stdin.isTTY) {
    throw new AppError('credentials-missing', 'The store’s access key is missing.', {
      kind: 'invalid',
      hint: 'Set HOLDFAST_STORE_ACCESS_KEY and HOLDFAST_STORE_SECRET_KEY, run this at a terminal, or give --machine-credentials for the role of this machine.',
    })
  }
  return {
    accessKeyId: accessKeyId ?? (await askHidden('Access key id: ')),
    secretAccessKey: secretAccessKey ?? (await askHidden('Secret access key: ')),
  }
}

async function placeOf(options: Options) {
  const directory = text(options.directory)
  const bucket = text(options.s3Bucket)
  if ((directory === undefined) === (bucket === undefined)) {
    throw new AppError('invalid-input', 'Give either --directory or --s3-bucket.', {
      kind: 'invalid',
      hint: 'holdfast stores add --help',
    })
  }
  if (directory !== undefined) return { kind: 'local', directory: resolve(directory) }
  return {
    kind: 's3',
    bucket,
    ...(options.s3Endpoint ? { endpoint: String(options.s3Endpoint).replace(/\/$/, '') } : {}),
    ...(options.s3Region ? { region: options.s3Region } : {}),
    ...(options.s3Prefix ? { prefix: options.s3Prefix } : {}),
    ...(options.lockDays ? { lockDays: Number(options.lockDays) } : {}),
    pathStyle: options.pathStyle === true,
    allowPrivate: options.allowPrivate === true,
    credentials: await askCredentials(options),
  }
}

/** `stores add|list|show|check|remove`. */
export function addStoresCommands(program: Command): void {
  const stores = program.command('stores').description('the places that keep archives')

  addCommand(stores, {
    usage: 'add <name>',
    about: 'add a directory or an S3 bucket; reaches and marks it first, stores nothing when that fails',
    options: [
      ['--directory <path>', 'a directory that is there, best on another disk'],
      ['--s3-bucket <bucket>', 'an S3 bucket that is there'],
      ['--s3-endpoint <url>', 'https://host[:port] of the S3 server; without it AWS'],
      ['--s3-region <region>', 'its region (default us-east-1)'],
      ['--s3-prefix <prefix>', 'a folder of the bucket for this store alone'],
      ['--path-style', 'endpoint/bucket instead of bucket.endpoint; most servers other than AWS want it'],
      ['--lock-days <days>', 'lock each archive so long against deletion by anybody (needs object lock)'],
      ['--allow-private', 'the endpoint may be in a private network'],
      ['--machine-credentials', 'use the role of this machine instead of an access key'],
      ['--adopt', 'take over a place that is marked as a store already'],
      ['--read-only', 'archives that others make lie there: it is never written to, not even marked'],
    ],
    async run({ ctx, say }, [name], options) {
      const place = await placeOf(options)
      if (options.readOnly) {
        const added = requireDone(await addForeignStore(ctx, { name, place }))
        return {
          json: added,
          text: `${added.name} is only read, in ${added.place}. Name it in a policy’s “foreignArchives”: [{ "store": "${added.name}" }]`,
        }
      }
      const added = requireDone(await addStore(ctx, { name, place, adopt: options.adopt === true }))
      for (const warning of added.warnings) say(`WARNING: ${warning}`)
      return {
        json: added,
        text: `${added.name} keeps archives in ${added.place}. Name it in a policy’s “stores” to use it: holdfast policy show TARGET`,
      }
    },
  })

  addCommand(stores, {
    usage: 'list',
    about: 'every store with its state as of the last look',
    async run({ ctx }) {
      const all = await listStores(ctx.db)
      return {
        json: { stores: all.map(toJson) },
        text:
          all.length > 0
            ? table(head, all.map(rowOf))
            : 'No store yet; the first archive makes the one in the data directory.',
      }
    },
  })

  addCommand(stores, {
    usage: 'show <name>',
    about: 'one store, what its server does, and who uses it',
    async run({ ctx }, [name]) {
      const store = await getStoreByName(ctx.db, name!)
      const targets = await listTargetsOfStore(ctx.db, store.name)
      const lines = [table(head, [rowOf(store)]), `used by: ${targets.join(', ') || 'no policy'}`]
      if (store.kind === 's3') {
        const { abilities, lockDays } = store.settings as S3Settings
        const yes = (able: boolean) => (able ? 'yes' : 'no')
        lines.push(
          `refuses a second object: ${yes(abilities.createOnly)}, of parts: ${yes(abilities.createOnlyParts)}; checksums: ${yes(abilities.checksums)}; versions: ${yes(abilities.versions)}; lock: ${lockDays === null ? 'none' : `${lockDays} days`}`,
        )
      }
      return { json: { ...toJson(store), targets }, text: lines.join('\n') }
    },
  })

  addCommand(stores, {
    usage: 'check <name>',
    about:
      'reach it, see that it is the same store, and measure what it holds (exit 3 when it does not answer)',
    async run({ ctx }, [name]) {
      const { error, found } = await checkStoreByName(ctx, name!)
      const json = {
        name,
        ok: error === null,
        status: error ? 'unreachable' : 'reachable',
        error: error && { code: error.code, message: error.message, hint: error.hint },
        usedBytes: found?.usedBytes ?? null,
        freeBytes: found?.freeBytes ?? null,
        archives: found?.archives ?? null,
      }
      return {
        json,
        text: error
          ? `${colors.red('FAIL')}  ${error.message}${error.hint ? `\n→ ${error.hint}` : ''}`
          : `${colors.green('ok')}  ${found!.archives} archives, ${formatBytes(found!.usedBytes)} used${found!.freeBytes === null ? '' : `, ${formatBytes(found!.freeBytes)} free`}`,
        exit: error ? 3 : 0,
      }
    },
  })

  addCommand(stores, {
    usage: 'remove <name>',
    about: 'take a store off the list; what lies in it stays',
    options: [['--reason <text>', 'why, for the audit']],
    async run({ ctx }, [name], { reason }) {
      const removed = requireDone(await removeStore(ctx, { name, reason }))
      return {
        json: { ...removed, status: 'removed' },
        text: `${removed.name} is off the list. What lies in it stays there.`,
      }
    },
  })
}
