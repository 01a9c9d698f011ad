import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { PublicStatus } from '#lib/status/types.ts'
import { statusPagePolicy, writeStatusHtml } from '#lib/status/write-status-html.ts'

const status: PublicStatus = {
  title: 'Salon',
  notice: 'We look into it: <b>soon</b>',
  overall: 'unknown',
  services: [
    {
      name: '<script>alert(1)</script>',
      state: 'unknown',
      days: Array.from({ length: 90 }, (_, index) => ({
        day: `2026-01-${index}`,
        state: index === 0 ? 'down' : 'operational',
      })),
    },
  ],
  windows: [
    {
      title: 'Upgrade',
      startsAt: new Date('2026-03-29T00:30:00Z'),
      endsAt: new Date('2026-03-29T02:00:00Z'),
      services: ['A&B'],
    },
  ],
  at: new Date('2026-03-28T12:00:00Z'),
}

test('the page says every word, escaped, and each time in UTC where no script runs', () => {
  const html = writeStatusHtml(status)
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(html).not.toContain('<script>alert')
  expect(html).toContain('&lt;b&gt;soon')
  expect(html).toContain('<time datetime="2026-03-29T00:30:00.000Z">2026-03-29 00:30 UTC</time>')
  expect(html).toContain('The state of some services is not known.')
  expect(html).toContain('aria-label="The last 90 days: 89 days operational, 1 day down."')
  expect(html.match(/<i class=/g)).toHaveLength(90)
})

test('the page’s policy lets run exactly its own style and script', () => {
  const html = writeStatusHtml(status)
  for (const tag of ['style', 'script']) {
    const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html)![1]!
    expect(statusPagePolicy).toContain(createHash('sha256').update(text).digest('base64'))
  }
  expect(html).not.toMatch(/\son\w+=|\sstyle=|https?:\/\//)
})
