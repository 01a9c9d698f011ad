import pc from 'picocolors'

const colors = pc.createColors(process.stderr.isTTY === true && !process.env.NO_COLOR)
const interactive = process.stderr.isTTY === true

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`

/** Shows one step of the start with its elapsed time, on stderr; a long one is seen to go on. */
export async function step<T>(
  name: string,
  work: () => Promise<T>,
  outcome?: (value: T) => string,
): Promise<T> {
  const begun = Date.now()
  const line = (mark: string, text: string) =>
    process.stderr.write(`${interactive ? '\r\x1b[K' : ''}${mark} ${text}${interactive ? '' : '\n'}`)
  line('…', name)
  const ticking = setInterval(
    () => line('…', `${name} ${colors.dim(seconds(begun))}`),
    interactive ? 200 : 15_000,
  )
  try {
    const value = await work()
    clearInterval(ticking)
    line(colors.green('✓'), `${outcome?.(value) ?? name} ${colors.dim(`(${seconds(begun)})`)}`)
    return value
  } catch (error) {
    clearInterval(ticking)
    line(colors.red('✗'), name)
    throw error
  } finally {
    if (interactive) process.stderr.write('\n')
  }
}

/** Something people should read that does not stop the start. */
export const warn = (text: string): boolean => process.stderr.write(`${colors.yellow('!')} ${text}\n`)
