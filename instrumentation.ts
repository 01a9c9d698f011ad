/** Next calls it once when a server process starts. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { watchForTheEnd, watchForWorkers } = await import('./instrumentation-node.ts')
  watchForTheEnd()
  await watchForWorkers()
}
