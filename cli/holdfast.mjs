#!/usr/bin/env node
// The installed command. It starts the terminal door on the Node that the package brings, whatever runs this file.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  try {
    const own = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node')
    if (existsSync(own)) return own
  } catch {
    // Not installed with it; told below.
  }
  process.stderr.write(`Holdfast needs Node 24; this is ${process.version}. Run: npm ci\n`)
  process.exit(1)
}

const child = spawn(findNode(), [main, ...process.argv.slice(2)], { stdio: 'inherit' })
// The terminal sends Ctrl-C to both; this process stays until the child has ended cleanly.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
