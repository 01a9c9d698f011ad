import type { Writable } from 'node:stream'

/** Resolves when a full stream takes more, or never will again. Leaves no listener, however often it is asked. */
export const untilDrained = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || !stream.writableNeedDrain) return resolve()
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.on('drain', done)
    stream.on('close', done)
  })
