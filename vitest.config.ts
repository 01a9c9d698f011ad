import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Keeps vite from loading the app's PostCSS configuration.
  css: { postcss: {} },
  test: {
    include: ['{lib,cli,worker,scripts,drizzle}/**/*.test.ts'],
    globalSetup: ['./lib/testing/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
