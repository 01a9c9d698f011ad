import { describe, expect, it } from 'vitest'
import type { Message, Outgoing } from '#lib/channels/types.ts'
import { formatMail } from './email.ts'
import { formatPageEvent } from './pagerduty.ts'
import { escapeChat, formatChat } from './slack.ts'
import { formatEvent, messageId } from './webhook.ts'

const nasty =
  '<img src=x onerror=alert(1)> & "q" <!channel> @here [free](https://evil.example) ![i](http://evil.example/i)'

const outgoing = (change: Partial<Message> = {}, more: Partial<Outgoing> = {}): Outgoing => ({
  message: {
    title: 'Rows are gone',
    text: 'public.users has 5 % less rows.',
    severity: 'CRITICAL',
    status: 'firing',
    problemKey: 'alert:1',
    targetName: 'salon',
    environment: 'production',
    href: '/alerts/1',
    fields: [{ label: 'Since', value: '12:00' }],
    at: '2026-01-01T12:00:00.000Z',
    acknowledgeable: true,
    ...change,
  },
  kind: 'fired',
  deliveryId: '00000000-0000-4000-8000-000000000000',
  dedupKey: 'alert:1:1:fired',
  filedAt: new Date('2026-01-01T12:00:01Z'),
  consoleUrl: 'https://console.example/alerts/1',
  acknowledgeUrl: 'https://console.example/acknowledge/abc',
  recipient: null,
  ...more,
})

describe('a chat message', () => {
  it('shows what others wrote as text: no link, no mention, no picture', () => {
    const chat = JSON.stringify(formatChat(outgoing({ title: nasty, text: nasty, targetName: nasty })))
    expect(chat).not.toMatch(/<!|<img|@here\b|\]\(|!\[/)
    expect(chat).not.toMatch(/https?:\/\/evil/)
    expect(escapeChat('a < b && c > d')).toBe('a &lt; b &amp;&amp; c &gt; d')
  })

  it('links to the console and acknowledges, and takes no formatting from names', () => {
    const [attachment] = formatChat(outgoing({ text: '*bold* `code`' })).attachments
    expect(attachment).toMatchObject({
      title: 'CRITICAL: salon: Rows are gone',
      title_link: 'https://console.example/alerts/1',
      mrkdwn_in: [],
      ts: 1767268800,
    })
    expect(attachment!.text).toContain('<https://console.example/acknowledge/abc|Acknowledge (works once)>')
  })
})

describe('a mail', () => {
  it('shows what others wrote as text in both of its forms, and loads nothing', () => {
    const { html, text } = formatMail(
      outgoing({ title: nasty, text: nasty, fields: [{ label: nasty, value: nasty }] }),
    )
    expect(html).not.toMatch(/<img|<script|onerror=alert\(1\)>/)
    expect(html).toContain('&lt;img src=x')
    expect(html).not.toMatch(/src=["']http/)
    expect(text).toContain('<img src=x')
    expect(text).toContain('Acknowledge (works once): https://console.example/acknowledge/abc')
  })

  it('has a subject of one line, whatever a name holds', () => {
    const { subject, headers } = formatMail(
      outgoing({ title: 'x\r\nBcc: evil@example.com\r\n\r\nbody', problemKey: 'a\r\nX-Evil: 1' }),
    )
    expect(subject).toBe('CRITICAL: salon: x Bcc: evil@example.com body')
    expect(JSON.stringify(headers)).not.toMatch(/[\r\n]|\\r|\\n|Evil/)
  })

  it('keeps its id over all tries, and stands with the others of its problem', () => {
    const first = formatMail(outgoing()).headers
    const again = formatMail(
      outgoing({}, { acknowledgeUrl: 'https://console.example/acknowledge/other' }),
    ).headers
    const later = formatMail(outgoing({ status: 'resolved' }, { dedupKey: 'alert:1:1:resolved' })).headers
    expect(again).toEqual(first)
    expect(later.References).toBe(first.References)
    expect(later['Message-ID']).not.toBe(first['Message-ID'])
  })
})

describe('an event', () => {
  it('for a receiver of one’s own carries no control character and its whole text', () => {
    const event = formatEvent(outgoing({ title: 'a\u001b[2Jb\u202e', text: 'one\r\ntwo\u0000' }))
    expect(event.data.title).toBe('a [2Jb')
    expect(event.data.text).toBe('one\ntwo')
    expect(messageId('alert:1:fired')).toBe('alert:1:fired')
    expect(messageId('with\r\nbreak')).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  it('for a paging service is as long as it takes', () => {
    const event = formatPageEvent(
      outgoing({ title: 'x'.repeat(3_000), problemKey: 'k'.repeat(400) }),
      'trigger',
    )
    expect(event.payload.summary.length).toBeLessThanOrEqual(1_024)
    expect(event.dedup_key.length).toBeLessThanOrEqual(255)
  })
})
