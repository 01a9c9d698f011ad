/**
 * A named place where a test can kill the process or make it fail: `HOLDFAST_FAILPOINT=backups.after-rename:kill`
 * (or `:stop` until somebody continues it, `:throw`, or `:ENOSPC` and the like for an error of the file system). Does nothing
 * in any other run.
 */
export function failPoint(name: string): void {
  const [place, way] = (process.env.HOLDFAST_FAILPOINT ?? '').split(':')
  if (place !== name) return
  if (way === 'kill') process.kill(process.pid, 'SIGKILL')
  if (way === 'stop') return void process.kill(process.pid, 'SIGSTOP')
  const error = new Error(`fail-point ${name}`)
  throw /^E[A-Z]+$/.test(way ?? '') ? Object.assign(error, { code: way }) : error
}
