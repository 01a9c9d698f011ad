import { configDefaults, defineConfig } from 'vitest/config'
import { publicDatabases } from './lib/testing/public-data.ts'

/** They need a complete S3 server, which `node scripts/ceph.ts` brings. */
const needsS3 = process.env.HOLDFAST_TEST_S3 ? [] : ['lib/stores/object-lock.test.ts']

/** They are about databases that nobody here made and that lie beside the checkout, where they are there at all. */
const needsData =
  publicDatabases.length > 0
    ? []
    : ['lib/{facts,health}/real-databases.test.ts', 'lib/restores/public-databases.test.ts']

export default defineConfig({
  // Keeps vite from loading the app's PostCSS configuration.
  css: { postcss: {} },
  test: {
    include: ['{app,cli,components,drizzle,lib,scripts,worker}/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...needsS3, ...needsData],
    globalSetup: ['./lib/testing/global-setup.ts'],
    setupFiles: ['./lib/testing/set-up.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
