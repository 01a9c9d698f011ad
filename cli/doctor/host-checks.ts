import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { bad, type Check, good } from '#cli/doctor/types.ts'
import { oldestNode } from '#cli/node-version.ts'
import { dataDirectory } from '#lib/env.ts'
import { installCommand, listTools } from '#lib/servers/find-tools.ts'
import { updateAdvice, weaknessesOf } from '#lib/servers/known-weaknesses.ts'

const leastFreeBytes = 1024 ** 3

/** What can be said of this machine without the control database. */
export async function checkHost(): Promise<Check[]> {
  return [checkNode(), checkTools(), await checkKey(), await checkStorage()]
}

function checkNode(): Check {
  const ok = Number.parseInt(process.versions.node, 10) >= oldestNode
  return ok
    ? good('node', `Node ${process.version}`)
    : bad('node', `Node ${process.version} is older than ${oldestNode}`, 'Run it through npm.')
}

function checkTools(): Check {
  const all = listTools()
  if (all.length === 0) return bad('pg_dump', 'There is no pg_dump 15 or newer.', installCommand())
  const weak = all.find(({ version }) => weaknessesOf(version).length > 0)
  if (weak) return bad('pg_dump', weaknessesOf(weak.version).join(' '), updateAdvice(weak.version))
  return good('pg_dump', all.map(({ version, bin }) => `${version} in ${bin}`).join(', '))
}

/** The key file is the one thing that, read by others, opens every target. */
async function checkKey(): Promise<Check> {
  if (process.env.HOLDFAST_KEY) return good('key', 'The key is given by HOLDFAST_KEY.')
  const file = join(dataDirectory(), 'holdfast.key')
  const found = await stat(file).catch(() => null)
  if (!found) return bad('key', 'There is no key yet.', 'The first start makes one: npm start')
  if ((found.mode & 0o077) !== 0) return bad('key', `${file} can be read by others.`, `chmod 600 ${file}`)
  return good('key', `The key is in ${file}, readable by its owner only.`)
}

async function checkStorage(): Promise<Check> {
  const directory = dataDirectory()
  try {
    await access(directory, constants.W_OK)
    const { bavail, bsize } = await statfs(directory)
    const freeBytes = bavail * bsize
    const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free in ${directory}`
    return freeBytes < leastFreeBytes
      ? bad('storage', free, 'Make room: archives need it, and so does a restore.')
      : good('storage', free)
  } catch {
    return bad('storage', `${directory} cannot be written.`, 'Give another one with HOLDFAST_DATA.')
  }
}
