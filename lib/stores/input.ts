import { z } from 'zod'

export const storeName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, starting with a letter')

const localPlace = z.strictObject({
  kind: z.literal('local'),
  directory: z
    .string()
    .max(1_000)
    .regex(/^\/[^\0\n]*$/, 'an absolute path'),
})

const s3Place = z.strictObject({
  kind: z.literal('s3'),
  bucket: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$/, 'the name of a bucket'),
  /** Not given: AWS. */
  endpoint: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .refine((url) => {
      const { username, password, search, hash, pathname } = new URL(url)
      return !username && !password && !search && !hash && pathname === '/'
    }, 'https://host or https://host:port, without anything more')
    .nullable()
    .default(null),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/, 'a region such as eu-central-1')
    .default('us-east-1'),
  prefix: z
    .string()
    .max(300)
    .regex(
      /^([A-Za-z0-9][A-Za-z0-9._-]*\/?)*$/,
      'folder names of letters, digits, dots, dashes and underscores',
    )
    .default('')
    .transform((prefix) => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`)),
  pathStyle: z.boolean().default(false),
  lockDays: z.number().int().min(1).max(3_650).nullable().default(null),
  allowPrivate: z.boolean().default(false),
  /** Not given: those of the machine. */
  credentials: z
    .strictObject({ accessKeyId: z.string().min(1).max(300), secretAccessKey: z.string().min(1).max(300) })
    .nullable()
    .default(null),
})

export const addStoreInput = z.strictObject({
  name: storeName,
  place: z.discriminatedUnion('kind', [localPlace, s3Place]),
  /** Takes over a place that is marked as a store already: one that was removed here, or of an installation that is gone. */
  adopt: z.boolean().default(false),
})

export type AddStoreInput = z.output<typeof addStoreInput>

export const removeStoreInput = z.strictObject({
  name: storeName,
  reason: z.string().trim().max(2_000).optional(),
})
