import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

// A complete S3 server for tests: one monitor, one disk in memory, one gateway of Ceph, from Debian's packages. Prints the
// address for HOLDFAST_TEST_S3, or runs the command that is given after it with that set: node scripts/ceph.ts vitest run lib/stores

const packages = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-mgr']
const [accessKey, secret] = ['HOLDFASTTEST', 'holdfast-test-secret']

const has = (program: string): boolean =>
  spawnSync('/bin/sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0

function requirePrograms(): void {
  if (['radosgw', 'ceph-mon', 'ceph-osd'].every(has)) return
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  const done =
    process.geteuid?.() === 0 && spawnSync('apt-get', install, { stdio: ['ignore', 2, 2] }).status === 0
  if (!done) throw new Error(`Ceph is not installed. On Debian: apt-get install ${packages.join(' ')}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const settings = (root: string, fsid: string, monitors: string, port: number): string => `[global]
fsid = ${fsid}
mon host = ${monitors}
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd pool default pg num = 8
mon max pg per osd = 1000
mon data avail crit = 1
run dir = ${root}/run
admin socket = ${root}/run/$cluster-$name.asok
log file = ${root}/$name.log
keyring = ${root}/keyring
public network = 127.0.0.0/8
[mon.a]
mon data = ${root}/mon
[osd]
osd objectstore = memstore
memstore device bytes = 3221225472
osd data = ${root}/osd
[client.rgw]
ms mon client mode = crc
rgw data = ${root}/rgw
rgw frontends = beast endpoint=127.0.0.1:${port}
`

const children: ChildProcess[] = []

async function start(root: string): Promise<string> {
  for (const folder of ['mon', 'osd', 'rgw', 'run']) mkdirSync(join(root, folder))
  const [fsid, disk, port] = [randomUUID(), randomUUID(), await freePort()]
  const monitors = `[v2:127.0.0.1:${await freePort()},v1:127.0.0.1:${await freePort()}]`
  const file = join(root, 'ceph.conf')
  writeFileSync(file, settings(root, fsid, monitors, port))
  writeFileSync(join(root, 'keyring'), '')
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, ['-c', file, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 60_000,
    })
  const serve = (program: string, ...args: string[]): void => {
    children.push(spawn(program, ['-f', '-c', file, ...args], { stdio: 'ignore' }))
  }
  execFileSync('monmaptool', ['--create', '--addv', 'a', monitors, '--fsid', fsid, join(root, 'map')], {
    stdio: 'ignore',
  })
  run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', join(root, 'map'))
  serve('ceph-mon', '-i', 'a')
  run('ceph', 'osd', 'new', disk)
  run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk)
  serve('ceph-osd', '-i', '0')
  serve('radosgw', '-n', 'client.rgw')
  for (let tries = 0; ; tries++) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).catch(() => null)
    if (answered) break
    if (tries > 120) throw new Error(`the gateway did not start; its log is ${root}/client.rgw.log`)
    await pause(500)
  }
  const user = ['user', 'create', '--uid=holdfast', '--display-name=holdfast']
  run('radosgw-admin', '-n', 'client.rgw', ...user, `--access-key=${accessKey}`, `--secret=${secret}`)
  return `http://${accessKey}:${secret}@127.0.0.1:${port}`
}

requirePrograms()
const root = mkdtempSync(join(tmpdir(), 'holdfast-ceph-'))
const stop = () => {
  for (const child of children.reverse()) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
}
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
process.once('exit', stop)

const address = await start(root)
const [program, ...args] = process.argv.slice(2)
if (program) {
  const given = spawn(program, args, { stdio: 'inherit', env: { ...process.env, HOLDFAST_TEST_S3: address } })
  given.once('exit', (code) => process.exit(code ?? 1))
} else {
  process.stdout.write(`HOLDFAST_TEST_S3=${address}\nCtrl-C stops it.\n`)
}
