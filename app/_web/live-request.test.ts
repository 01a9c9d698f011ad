import { expect, test } from 'vitest'
import { parseLiveRequest } from '#app/_web/live-request.ts'
import { findTestRead } from '#lib/testing/live-stage.ts'

const parse = (text: string) => parseLiveRequest(new URLSearchParams(text), findTestRead)
const own = `read=${encodeURIComponent('17~own~{ "word": "a" }')}`

test('a stream is asked for with its reads, each with its input and the moment of the data that the page has', () => {
  const asked = parse(`since=5&topics=guards,jobs&${own}`)!
  expect(asked.since).toBe(5)
  expect([...asked.topics]).toEqual(['guards', 'jobs'])
  expect(asked.reads).toMatchObject([{ key: 'own~{"word":"a"}', input: { word: 'a' }, at: 17 }])
})

test.each([
  ['a read that is not there', 'read=17~other~null'],
  ['an input that the read does not take', `read=${encodeURIComponent('17~own~{"word":7}')}`],
  ['an input that is not JSON', 'read=17~own~{'],
  ['a read without its moment', 'read=own~null'],
  ['more reads than a page shows', Array.from({ length: 17 }, () => own).join('&')],
  ['an input longer than any page’s', `read=17~own~${JSON.stringify({ word: 'x'.repeat(2_000) })}`],
  ['a topic that is not one', 'topics=everything'],
])('%s is refused', (_what, text) => expect(parse(text)).toBeNull())
