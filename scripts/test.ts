import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assertNodeVersion } from '#cli/node-version.ts'
import { buildWeb, nextBinary } from '#cli/start/build-web.ts'
import { packageRoot } from '#lib/env.ts'
import { findFreePort } from '#lib/servers/embedded-server.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { counted, countPlaywright, countVitest } from '#scripts/count-tests.ts'
import { requireBrowser } from '#scripts/find-browser.ts'
import { requirePrograms } from '#scripts/find-programs.ts'
import { runNode } from '#scripts/run-command.ts'
import { report, stage } from '#scripts/stages.ts'

// `npm test`: everything that CI demands, the quick things first. It ends with one line: N passed, N failed.

assertNodeVersion()
const reports = join(packageRoot, 'test-results')
const program = (path: string): string => join(packageRoot, 'node_modules', path)
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

await stage('tools', async () => {
  const { version } = requireTools()
  const others = requirePrograms()
  process.stdout.write(
    `node ${process.version}, pg_dump ${version}, ${others}, browser ${requireBrowser()}\n`,
  )
  return undefined
})
await stage('types', async () => {
  await runNode(nextBinary, ['typegen'])
  await runNode(program('typescript/bin/tsc'), ['--noEmit'])
  return undefined
})
await stage('lint', async () => {
  await runNode(program('@biomejs/biome/bin/biome'), ['check', '--error-on-warnings', '.'])
  return undefined
})
await stage('structure', async () => {
  await runNode('scripts/check-structure.ts')
  return undefined
})
await stage('tests', () => {
  const file = join(reports, 'unit.json')
  const options = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  return counted(() => runNode(program('vitest/vitest.mjs'), options), file, countVitest)
})
const built = await stage('build', async () => {
  await buildWeb(new AbortController().signal)
  return undefined
})
await stage('browser', async () => {
  if (!built) throw new Error('not run, because the web part could not be built')
  const data = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'))
  // The embedded server's account must be able to enter it.
  chmodSync(data, 0o711)
  const env = { HOLDFAST_E2E_DATA: data, HOLDFAST_E2E_PORT: String(await findFreePort()) }
  const run = () => runNode(program('@playwright/test/cli.js'), ['test'], env)
  try {
    return await counted(run, join(reports, 'e2e.json'), countPlaywright)
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
})

process.exitCode = report()
