import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, describe, expect, it } from 'vitest'
import { decryptAge, encryptAge } from '#lib/backups/archives/age-file.ts'
import { archiveIdentity, archiveRecipient } from '#lib/backups/archives/archive-identity.ts'
import { createKeyRing } from '#lib/keys.ts'
import { testKey } from '#lib/testing/test-key.ts'

const place = mkdtempSync(join(tmpdir(), 'holdfast-age-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

const keys = createKeyRing(testKey)
const identity = archiveIdentity(keys)
const identityFile = join(place, 'identity')
writeFileSync(identityFile, `${identity}\n`, { mode: 0o600 })

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function collect(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}
const seal = async (plain: Buffer, piece = 10_007, recipients?: string[]) =>
  collect(encryptAge(recipients ?? [await archiveRecipient(keys)], inPieces(plain, piece)))
const open = (sealed: Buffer, piece = 8_191) => collect(decryptAge([identity], inPieces(sealed, piece)))

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 1
  return bytes
}

/** Sizes around the edges of the format's 64 KiB chunks. */
const sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 300_001]
const plainOf = (size: number) => Buffer.alloc(size, 'the quick brown fox ')

describe('the age format', () => {
  it.each(sizes)('%i bytes are opened by the age program', async (size) => {
    const sealed = await seal(plainOf(size))
    const { stdout, stderr } = spawnSync('age', ['-d', '-i', identityFile], {
      input: sealed,
      maxBuffer: 1 << 24,
    })
    expect(stderr.toString()).toBe('')
    expect(stdout.equals(plainOf(size))).toBe(true)
  })

  it.each(sizes)('%i bytes sealed by the age program, or by the library alone, are opened', async (size) => {
    const recipient = await archiveRecipient(keys)
    const { stdout } = spawnSync('age', ['-r', recipient], { input: plainOf(size), maxBuffer: 1 << 24 })
    expect((await open(stdout)).equals(plainOf(size))).toBe(true)
    const encrypter = new Encrypter()
    encrypter.addRecipient(recipient)
    expect((await open(Buffer.from(await encrypter.encrypt(plainOf(size))), 1 << 20)).length).toBe(size)
  })

  it('opens for every recipient, and for nobody else', async () => {
    const offline = await generateX25519Identity()
    const sealed = await seal(plainOf(200), 50, [
      await archiveRecipient(keys),
      await identityToRecipient(offline),
    ])
    expect((await open(sealed)).equals(plainOf(200))).toBe(true)
    const decrypter = new Decrypter()
    decrypter.addIdentity(offline)
    expect(Buffer.from(await decrypter.decrypt(sealed)).equals(plainOf(200))).toBe(true)
    const stranger = await generateX25519Identity()
    await expect(collect(decryptAge([stranger], inPieces(sealed, 99)))).rejects.toThrow(/no identity/)
  })

  it('never seals the same bytes alike', async () => {
    expect((await seal(plainOf(100))).equals(await seal(plainOf(100)))).toBe(false)
  })

  it.each([
    ['cut within a chunk', (sealed: Buffer) => sealed.subarray(0, -1)],
    ['cut after a whole chunk', (sealed: Buffer) => sealed.subarray(0, -(300_001 % 65_536) - 16)],
    ['with bytes added', (sealed: Buffer) => Buffer.concat([sealed, Buffer.alloc(20)])],
    ['with a bit flipped', (sealed: Buffer) => flip(sealed, sealed.length >> 1)],
    ['with its header changed', (sealed: Buffer) => flip(sealed, 40)],
    [
      'with two chunks exchanged',
      (sealed: Buffer) => {
        const at = sealed.length - (300_001 % 65_536) - 16 - 2 * 65_552
        const [one, two] = [sealed.subarray(at, at + 65_552), sealed.subarray(at + 65_552, at + 131_104)]
        return Buffer.concat([sealed.subarray(0, at), two, one, sealed.subarray(at + 131_104)])
      },
    ],
    ['that is no age file', () => Buffer.from('hello')],
    ['whose header never ends', () => Buffer.alloc(1 << 20, 'x')],
  ])('refuses a file %s', async (_, damage) => {
    const sealed = damage(await seal(plainOf(300_001)))
    await expect(open(sealed)).rejects.toThrow()
  })
})

describe('earlier keys', () => {
  const old = createKeyRing(Buffer.alloc(32, 3).toString('base64'))
  const now = createKeyRing(testKey, [old])

  it('open the secrets they sealed, at their place only; nothing new is sealed with them', () => {
    const sealed = old.seal('secret', 'here')
    expect(now.open(sealed, 'here')).toBe('secret')
    expect(() => now.open(sealed, 'there')).toThrow(/cannot be opened/)
    expect(now.seal('x', 'here')).toContain(now.keyId)
    expect(() => keys.open(sealed, 'here')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(old.keyId) }),
    )
  })
})
