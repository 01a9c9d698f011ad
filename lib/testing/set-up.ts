import { afterAll } from 'vitest'
import { cleanUpAll } from '#lib/testing/clean-up.ts'

afterAll(cleanUpAll, 240_000)
