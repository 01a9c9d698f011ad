import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Keeps vite from loading the app's PostCSS configuration.
  css: { postcss: {} },
  test: {
    include: ['{app,cli,components,drizzle,lib,scripts,worker}/**/*.test.ts'],
    globalSetup: ['./lib/testing/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
