import { z } from 'zod'

export const emailInput = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(z.email('not an e-mail address'))
  .refine((email) => email.length <= 320, 'at most 320 characters')

export const roleInput = z.enum(['viewer', 'admin', 'commander'])

export const addUserInput = z.strictObject({
  email: emailInput,
  name: z.string().trim().min(1).max(100).optional(),
  role: roleInput,
  approverNow: z.boolean().default(false),
})

export const changeUserRoleInput = z.strictObject({
  email: emailInput,
  role: roleInput,
  approverNow: z.boolean().default(false),
})

export const resetPasswordInput = z.strictObject({
  email: emailInput,
  approverNow: z.boolean().default(false),
})
