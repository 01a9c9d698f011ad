import { agents } from '#lib/demo/agents/database.ts'
import { crm } from '#lib/demo/crm/database.ts'
import type { DemoDatabase } from '#lib/demo/database.ts'
import { desk } from '#lib/demo/desk/database.ts'
import { salon } from '#lib/demo/salon/database.ts'
import { site } from '#lib/demo/site/database.ts'
import { video } from '#lib/demo/video/database.ts'

/** The demo, in the order it is made: pages open with the first, and a mirror comes after its master. */
export const demoDatabases: readonly DemoDatabase[] = [salon, crm, desk, video, agents, site]
