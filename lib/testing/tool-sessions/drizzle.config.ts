import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './lib/testing/tool-sessions/push-schema.ts',
  schemaFilter: ['public'],
  dbCredentials: { url: process.env.PUSH_URL ?? '' },
})
