import { expect, test } from 'vitest'
import { missedTopics } from '#app/_web/missed-topics.ts'

const changedAt = new Map([
  ['guards', 20_000],
  ['health', 9_000],
  ['jobs', 15_000],
])

test('a page is told at once what changed after it was made, and nothing older', () => {
  expect(missedTopics(changedAt, 15_500)).toEqual(['guards', 'jobs'])
  expect(missedTopics(changedAt, 30_000)).toEqual([])
})

test('a page that reads everything anyway is told nothing', () => {
  expect(missedTopics(changedAt, null)).toEqual([])
})
