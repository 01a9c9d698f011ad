import { describe, expect, it } from 'vitest'
import { listWeakenings } from '#lib/guards/list-weakenings.ts'
import { listBudgets } from '#lib/guards/wanted-guards.ts'
import { policySchema } from '#lib/targets/policy.ts'

const policyOf = (agents: { role: string }[]) =>
  policySchema.parse({
    protectedTables: [
      {
        table: 'public.invoices',
        budget: { statementRows: 0, transactionRows: 0, windowRows: 0, windowMinutes: 120 },
      },
      { table: 'public.customers', updates: { columns: ['email'], budget: { statementRows: 2 } } },
    ],
    agents,
  })

describe('the budgets of an agent', () => {
  const budgetOf = (name: string, act: string) =>
    listBudgets(policyOf([{ role: 'agent' }]), { schema: 'public', name }).find(
      (budget) => budget.role === 'agent' && budget.act === act,
    )

  it('are never wider than everybody’s: the stricter limit of each kind, over the longer window', () => {
    expect(budgetOf('invoices', 'delete')).toMatchObject({
      statementRows: 0,
      transactionRows: 0,
      windowRows: 0,
      windowMinutes: 120,
    })
    expect(budgetOf('customers', 'delete')).toMatchObject({
      statementRows: 5,
      transactionRows: 10,
      windowRows: 50,
    })
    expect(budgetOf('customers', 'update')).toMatchObject({ statementRows: 2, transactionRows: 10 })
    expect(budgetOf('invoices', 'update')).toMatchObject({ statementRows: 5, transactionRows: 10 })
  })

  it('are therefore no weakening, so that an agent can be granted on production at once', () => {
    expect(listWeakenings(policyOf([]), policyOf([{ role: 'agent' }]))).toEqual([])
  })
})
