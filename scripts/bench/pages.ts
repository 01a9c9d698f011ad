import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from '@playwright/test'
import { packageRoot } from '#lib/env.ts'
import { openConsole } from '#scripts/bench/console-stage.ts'
import { requireBrowser } from '#scripts/find-browser.ts'

const port = 4982
export const goals = { scriptKb: 200, largestPaintMs: 1_000, inputDelayMs: 100, layoutShift: 0.02 }

/** A route of the console, and the pages where links to its `[id]` are looked for. */
interface Route {
  route: string
  isDynamic: boolean
}

export interface PageFigures {
  path: string
  scriptKb: number
  scripts: number
  largestPaintMs: number
  inputDelayMs: number
  layoutShift: number
}

/** Every page of the console, as the folders have it. */
export const consoleRoutes = (): Route[] =>
  globSync('app/(console)/**/page.tsx', { cwd: packageRoot })
    .map((file) => dirname(file).slice('app/(console)'.length) || '/')
    .map((route) => ({ route, isDynamic: route.includes('[') }))
    .toSorted((a, b) => (a.route < b.route ? -1 : 1))

/** What the first load of every page weighs and how it feels, on the demo in Chromium, each page in a browser without a cache. */
export async function benchPages(tiny: boolean, pairs: number, isBusy: boolean): Promise<string> {
  const stage = await openConsole({ port, demo: true })
  const browser = await chromium.launch({ executablePath: requireBrowser() })
  try {
    const [cookie] = await stage.signIn('admin', 1)
    const routes = consoleRoutes().slice(0, tiny ? 3 : undefined)
    const paths = await findPaths(browser, stage.url, cookie!, routes)
    const figures: PageFigures[] = []
    for (const path of paths.found) {
      const runs: PageFigures[] = []
      for (let run = 0; run < (tiny ? 1 : Math.min(3, pairs)); run++)
        runs.push(await measure(browser, stage.url, cookie!, path))
      figures.push(best(runs))
      process.stderr.write(`${JSON.stringify(figures.at(-1))}\n`)
    }
    return report(figures, paths.missing, isBusy)
  } finally {
    await browser.close()
    await stage.close()
  }
}

const withCookie = async (browser: Browser, url: string, cookie: string) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const [name, value] = cookie.split('=')
  await context.addCookies([{ name: name!, value: value!, url }])
  return context
}

/** Static routes as they are; of the others the first link that another page has to one. */
async function findPaths(browser: Browser, url: string, cookie: string, routes: readonly Route[]) {
  const found = routes.filter(({ isDynamic }) => !isDynamic).map(({ route }) => route)
  const missing: string[] = []
  const context = await withCookie(browser, url, cookie)
  const page = await context.newPage()
  const links = new Set<string>()
  for (const path of found) {
    await page.goto(`${url}${path}`, { waitUntil: 'load' })
    for (const href of await page.$$eval('a[href^="/"]', (all) =>
      all.map((each) => each.getAttribute('href')!),
    )) {
      links.add(href)
    }
  }
  for (const { route } of routes.filter(({ isDynamic }) => isDynamic)) {
    const pattern = new RegExp(`^${route.replace(/\[[^\]]+\]/g, '[0-9a-z-]*[0-9][0-9a-z-]*')}$`)
    const link = [...links].find((href) => pattern.test(href.split(/[?#]/)[0]!))
    if (link) found.push(link.split('#')[0]!)
    else missing.push(route)
  }
  await context.close()
  return { found, missing }
}

async function measure(browser: Browser, url: string, cookie: string, path: string): Promise<PageFigures> {
  const context = await withCookie(browser, url, cookie)
  const page = await context.newPage()
  await page.addInitScript(observe)
  const sizes: Promise<number>[] = []
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return
    // A script that only a page further on needs is fetched ahead as such, and does not count for this one.
    if (response.request().headers().purpose === 'prefetch') return
    sizes.push(
      response.body().then(
        (body) => gzipSync(body).length,
        () => 0,
      ),
    )
  })
  await page.goto(`${url}${path}`, { waitUntil: 'load' })
  await page.waitForTimeout(1_200)
  const first = await Promise.all(sizes)
  await press(page)
  const seen = await page.evaluate(() => (window as unknown as { seen: Seen }).seen)
  await context.close()
  return {
    path,
    scriptKb: first.reduce((sum, size) => sum + size, 0) / 1000,
    scripts: first.length,
    largestPaintMs: seen.largestPaintMs,
    inputDelayMs: seen.inputDelayMs,
    layoutShift: seen.layoutShift,
  }
}

interface Seen {
  largestPaintMs: number
  inputDelayMs: number
  layoutShift: number
}

/** Runs in the page, before anything of it. */
function observe(): void {
  const seen: Seen = { largestPaintMs: 0, inputDelayMs: 0, layoutShift: 0 }
  ;(window as unknown as { seen: Seen }).seen = seen
  const watch = (type: string, note: (entry: PerformanceEntry & Record<string, never>) => void) =>
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) note(entry as never)
    }).observe({ type, buffered: true, durationThreshold: 16 } as PerformanceObserverInit)
  watch('largest-contentful-paint', (entry) => {
    seen.largestPaintMs = entry.startTime
  })
  watch('layout-shift', (entry) => {
    if (!entry.hadRecentInput) seen.layoutShift += Number(entry.value)
  })
  watch('event', (entry) => {
    if (entry.interactionId) seen.inputDelayMs = Math.max(seen.inputDelayMs, entry.duration)
  })
}

/** Real presses: a key, the person's menu opened and closed, and the first thing on the page that opens something. */
async function press(page: Page): Promise<void> {
  await page.keyboard.press('Tab')
  for (const selector of ['header [aria-haspopup]', 'main [aria-expanded], main summary']) {
    const opener = page.locator(selector).first()
    if (!(await opener.isVisible().catch(() => false))) continue
    await opener.click({ timeout: 3_000 }).catch(() => {})
    await page.waitForTimeout(250)
    await page.keyboard.press('Escape')
    await page.waitForTimeout(150)
  }
}

/** The best of the runs in time, which is where the machine's other work is least; the worst in what time does not change. */
const best = (runs: readonly PageFigures[]): PageFigures => ({
  path: runs[0]!.path,
  scripts: runs[0]!.scripts,
  scriptKb: Math.max(...runs.map(({ scriptKb }) => scriptKb)),
  largestPaintMs: Math.min(...runs.map(({ largestPaintMs }) => largestPaintMs)),
  inputDelayMs: Math.min(...runs.map(({ inputDelayMs }) => inputDelayMs)),
  layoutShift: Math.max(...runs.map(({ layoutShift }) => layoutShift)),
})

function report(figures: readonly PageFigures[], missing: readonly string[], isBusy: boolean): string {
  const mark = (value: number, goal: number, text: string) => (value > goal ? `**${text}**` : text)
  const shownPath = (path: string) => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
  const rows = figures.map((each) =>
    [
      `\`${shownPath(each.path)}\``,
      mark(each.scriptKb, goals.scriptKb, `${each.scriptKb.toFixed(0)} KB`),
      mark(each.largestPaintMs, goals.largestPaintMs, `${each.largestPaintMs.toFixed(0)} ms`),
      mark(each.inputDelayMs, goals.inputDelayMs, `${each.inputDelayMs.toFixed(0)} ms`),
      mark(each.layoutShift, goals.layoutShift, each.layoutShift.toFixed(3)),
    ].join(' | '),
  )
  const over = figures.filter(
    (each) =>
      each.scriptKb > goals.scriptKb ||
      each.largestPaintMs > goals.largestPaintMs ||
      each.inputDelayMs > goals.inputDelayMs ||
      each.layoutShift > goals.layoutShift,
  )
  return [
    '',
    'First load of every page of the console on the demo, in Chromium without a cache, at 1280 × 900, signed in as an admin. JavaScript: all scripts loaded before the page is idle, each gzipped, 1 KB = 1,000 bytes. Input: real key presses and clicks, the slowest. Of three runs the fastest in time, the worst in weight and shift.',
    '',
    '| Page | JavaScript, gzipped | Largest paint | Input delay | Layout shift |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
    `Goals: ≤ ${goals.scriptKb} KB, ≤ ${goals.largestPaintMs} ms, ≤ ${goals.inputDelayMs} ms, ≤ ${goals.layoutShift}. ${over.length === 0 ? 'Met by every page.' : `Missed (bold) by ${over.length} of ${figures.length} pages.`}${isBusy ? ' The machine was busy: the times are no verdict.' : ''}`,
    ...(missing.length > 0
      ? [
          '',
          `Not measured, because the demo had no link to one: ${missing.map((each) => `\`${each}\``).join(', ')}.`,
        ]
      : []),
  ].join('\n')
}
