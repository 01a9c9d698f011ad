import { expect, test } from 'vitest'
import { assertNodeVersion, oldestNode } from './node-version.ts'

test('tests run on the Node that Holdfast is made for', () => {
  expect(Number.parseInt(process.versions.node, 10)).toBeGreaterThanOrEqual(oldestNode)
})

test('refuses an older Node and says what to do', () => {
  expect(() => assertNodeVersion('20.20.2')).toThrow('Node 24 or newer; this is 20.20.2')
})
