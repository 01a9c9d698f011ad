import { z } from 'zod'

export const guardRemovalRequest = { kind: 'guard-removal', request: z.strictObject({}) }

export type GuardRemovalRequest = z.output<typeof guardRemovalRequest.request>
