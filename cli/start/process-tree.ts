import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const hasProc = existsSync('/proc/self/stat')

const askPs = (pid: number, column: string): string | null =>
  execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim() || null

/** The fields of /proc/<pid>/stat after the program's name, which may itself hold spaces and brackets. */
const statOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')

function look<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    // There is no such process any more.
    return null
  }
}

/** When a process began, in whatever words the system has; null when there is no such process. */
export const birthOf = (pid: number): string | null =>
  look(() => {
    if (!hasProc) return askPs(pid, 'lstart')
    const fields = statOf(pid)
    return fields[0] === 'Z' ? null : fields[19]!
  })

export const parentOf = (pid: number): number | null =>
  look(() => (hasProc ? Number(statOf(pid)[1]) : Number(askPs(pid, 'ppid'))))

export const commandOf = (pid: number): string =>
  look(() =>
    hasProc ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') : askPs(pid, 'command'),
  ) ?? ''
