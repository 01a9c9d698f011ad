import { AppError } from '#lib/errors.ts'

export const oldestNode = 24

/** Throws AppError `node-too-old`: older ones run most of it, and then something far from here breaks. */
export function assertNodeVersion(version: string = process.versions.node): void {
  if (Number.parseInt(version, 10) >= oldestNode) return
  throw new AppError('node-too-old', `Holdfast runs on Node ${oldestNode} or newer; this is ${version}.`, {
    kind: 'unavailable',
    hint: 'Start it through npm, which uses the Node that `npm ci` installs with it: npm start',
  })
}
