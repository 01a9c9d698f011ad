import { createHash } from 'node:crypto'
import { escapeHtml } from '#lib/format/html.ts'
import { historyDays } from '#lib/status/read-public-status.ts'
import { statusStyles } from '#lib/status/status-styles.ts'
import type { PublicDay, PublicStatus, PublicWindow, ServiceState } from '#lib/status/types.ts'

/** Without it the times are UTC, and say so; with it they are the reader's. */
const script =
  "for(const t of document.querySelectorAll('time')){const d=new Date(t.dateTime);t.title=t.textContent;t.textContent=d.toLocaleString(undefined,{dateStyle:'medium',timeStyle:'short'})}const z=document.querySelector('[data-zone]');if(z)z.textContent=Intl.DateTimeFormat().resolvedOptions().timeZone"

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The page's own: one style and one script by their hashes, and nothing else from anywhere. */
export const statusPagePolicy = [
  "default-src 'none'",
  `style-src ${hashOf(statusStyles)}`,
  `script-src ${hashOf(script)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const words: Record<ServiceState, string> = {
  operational: 'Operational',
  degraded: 'Degraded',
  down: 'Down',
  maintenance: 'Under maintenance',
  unknown: 'Not known',
}

const sentences: Record<ServiceState, string> = {
  operational: 'All services are operational.',
  degraded: 'Some services are degraded.',
  down: 'Some services are down.',
  maintenance: 'Maintenance is under way.',
  unknown: 'The state of some services is not known.',
}

const utc = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
const timeTag = (at: Date): string => `<time datetime="${at.toISOString()}">${utc(at)}</time>`

function summarizeDays(days: readonly PublicDay[]): string {
  const count = (state: PublicDay['state']) => days.filter((day) => day.state === state).length
  const parts = (['operational', 'degraded', 'down', 'unknown'] as const)
    .map((state) => [count(state), words[state].toLowerCase()] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${number === 1 ? 'day' : 'days'} ${word}`)
  return `The last ${days.length} days: ${parts.join(', ')}.`
}

const strip = (days: readonly PublicDay[]): string =>
  `<div class="strip" role="img" aria-label="${summarizeDays(days)}">${days
    .map(({ day, state }) => `<i class="${state}" title="${day}: ${words[state]}"></i>`)
    .join('')}</div><p class="scale"><span>${historyDays} days ago</span><span>today</span></p>`

const serviceItem = ({ name, state, days }: PublicStatus['services'][number]): string =>
  `<li><div class="line"><h2>${escapeHtml(name)}</h2><b class="${state}">${words[state]}</b></div>${strip(days)}</li>`

const windowItem = ({ title, startsAt, endsAt, services }: PublicWindow): string =>
  `<li><b>${escapeHtml(title)}</b><p>${timeTag(startsAt)} to ${timeTag(endsAt)}</p><p class="faint">${escapeHtml(services.join(', '))}</p></li>`

/** The whole page as text. It works without JavaScript, in the dark and on paper, and carries nothing that is not in `status`. Pure. */
export function writeStatusHtml({ title, notice, overall, services, windows, at }: PublicStatus): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="60">
<title>${escapeHtml(title)}</title>
<style>${statusStyles}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="overall ${overall}" role="status">${sentences[overall]}</p>
${notice ? `<section class="notice" aria-label="Notice"><p>${escapeHtml(notice)}</p></section>` : ''}
<ul class="services">${services.map(serviceItem).join('')}</ul>
${
  windows.length > 0
    ? `<section><h2>Maintenance</h2><ul class="windows">${windows.map(windowItem).join('')}</ul></section>`
    : ''
}
<footer><p>As of ${timeTag(at)}. Days are UTC; times are <span data-zone>UTC</span>.</p></footer>
</main>
<script>${script}</script>
</body>
</html>
`
}
