import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '#lib/env.ts'

/**
 * Node's permission model for the web process: it reads the package, never the data directory (which may lie in the
 * package), writes its build's cache only, and starts no other program. A taken-over web process thus finds neither
 * the key nor a shell by asking Node for them.
 */
export function confinement(): string[] {
  const readable = readdirSync(packageRoot).filter((name) => name === '.next' || !name.startsWith('.'))
  // Next asks whether it is there; a missing path that may not be read ends the process.
  readable.push('static')
  return [
    '--permission',
    '--disable-warning=PERM0001',
    '--disable-warning=PERM0006',
    // Password hashing is native code, and Next compresses and renders in threads.
    '--allow-addons',
    '--allow-worker',
    ...readable.map((name) => `--allow-fs-read=${join(packageRoot, name)}`),
    `--allow-fs-write=${join(packageRoot, '.next/cache')}`,
  ]
}
