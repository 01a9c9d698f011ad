import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig, devices } from '@playwright/test'
import { requireBrowser } from '#scripts/find-browser.ts'

// Kept in the environment because every Playwright worker loads this file again.
process.env.HOLDFAST_E2E_BROWSER ??= requireBrowser()
process.env.HOLDFAST_E2E_PORT ??= '4210'
process.env.HOLDFAST_E2E_DATA ??= makeDataDirectory()

const port = process.env.HOLDFAST_E2E_PORT
const baseURL = `http://localhost:${port}`

function makeDataDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'))
  // The embedded server's account must be able to enter it.
  chmodSync(directory, 0o711)
  return directory
}

/** A real browser against the real product, started as people start it, on a fresh data directory. */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  use: {
    baseURL,
    actionTimeout: 20_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env.HOLDFAST_E2E_BROWSER },
  },
  projects: [
    {
      name: 'desktop',
      use: { ...devices['Desktop Chrome'], viewport: { width: 1440, height: 900 } },
      grepInvert: /@phone/,
    },
    { name: 'phone', use: { ...devices['Pixel 7'], viewport: { width: 390, height: 844 } }, grep: /@phone/ },
  ],
  webServer: {
    command: `node cli/main.ts start --port ${port} --data ${process.env.HOLDFAST_E2E_DATA}`,
    url: `${baseURL}/api/health`,
    reuseExistingServer: false,
    // The first start builds the pages; a busy machine takes its time.
    timeout: 600_000,
    stdout: 'pipe',
    stderr: 'pipe',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 30_000 },
  },
})
