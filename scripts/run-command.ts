import { spawn } from 'node:child_process'
import { packageRoot } from '#lib/env.ts'

/** Runs one of the package's programs on this very Node, with its output shown. Throws when it fails. */
export async function runNode(
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: packageRoot,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code ?? 'a signal'}`)
}
