import { execFile } from 'node:child_process'
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
