import { z } from 'zod'
import { targetName } from '#lib/targets/input.ts'

export const guardTarget = z.strictObject({ target: targetName })
