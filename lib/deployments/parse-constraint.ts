import { parseRowExpression, type RowExpression } from '#lib/sql/parse-row-expression.ts'

/** Accepts one boolean expression over one row and nothing else. Throws AppError `constraint-expression`. */
export const parseConstraint = (expression: string): Promise<RowExpression> =>
  parseRowExpression(expression, 'constraint')
