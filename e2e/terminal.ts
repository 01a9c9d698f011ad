import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { dataDirectory } from './people.ts'

const run = promisify(execFile)

/** Runs `holdfast <args> --json` as the host's operator, beside the running product, and reads its one document. */
export async function holdfast<T>(...args: string[]): Promise<T> {
  const { stdout } = await run(process.execPath, ['cli/main.ts', ...args, '--json'], {
    env: { ...process.env, HOLDFAST_DATA: dataDirectory },
    maxBuffer: 16 * 1024 * 1024,
  })
  return JSON.parse(stdout) as T
}

/** The same with a secret on standard input, and with what a person would have set in the environment. */
export async function tellHoldfast(
  secret: string,
  environment: Record<string, string>,
  ...args: string[]
): Promise<void> {
  const child = spawn(process.execPath, ['cli/main.ts', ...args, '--json'], {
    env: { ...process.env, HOLDFAST_DATA: dataDirectory, ...environment },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += String(chunk)
  })
  child.stdin.end(`${secret}\n`)
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`holdfast ${args.join(' ')} ended with ${code}: ${said}`)
}

interface Health {
  findings: { check: string; status: string }[]
}

/** Runs every check of a target now; that some are unhealthy is a result like another. */
export const runHealth = (target: string): Promise<Health> =>
  holdfast<Health>('health', 'run', target).catch((error: { code?: number; stdout: string }) => {
    if (error.code !== 3) throw error
    return JSON.parse(error.stdout) as Health
  })
