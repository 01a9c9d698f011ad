/**
 * A named place where a test can kill the process or make it fail: `HOLDFAST_FAILPOINT=backups.after-rename:kill`
 * (or `:throw`). Does nothing in any other run.
 */
export function failPoint(name: string): void {
  const [place, way] = (process.env.HOLDFAST_FAILPOINT ?? '').split(':')
  if (place !== name) return
  if (way === 'kill') process.kill(process.pid, 'SIGKILL')
  throw new Error(`fail-point ${name}`)
}
