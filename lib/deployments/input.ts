import { z } from 'zod'
import { parseTable } from '#lib/sql/identifier.ts'

const sqlText = z.string().min(1).max(500_000)

export const requestDeploymentInput = z
  .strictObject({
    targetId: z.uuid(),
    title: z.string().trim().min(3).max(200),
    migration: sqlText.nullish(),
    rollback: sqlText.nullish(),
    constraint: z
      .strictObject({
        table: z.string().refine((text) => parseTable(text) !== null, 'not a table name'),
        expression: z.string().trim().min(1).max(5_000),
      })
      .nullish(),
    skip: z
      .strictObject({ reason: z.string().trim().min(10, 'say in at least ten characters why') })
      .nullish(),
  })
  .refine((input) => input.migration || !input.rollback, 'a rollback needs the migration that it takes back')
