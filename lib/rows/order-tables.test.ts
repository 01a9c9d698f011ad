import { expect, test } from 'vitest'
import { orderTables } from '#lib/rows/order-tables.ts'

const reference = (child: string, parent: string, deferrable = false) => ({
  child,
  parent,
  constraint: `${child}_${parent}_fkey`,
  deferrable,
})

test('parents come before children, and names break ties', () => {
  const found = orderTables(
    ['lines', 'orders', 'customers', 'log', 'a'],
    [reference('lines', 'orders'), reference('orders', 'customers')],
  )
  expect(found).toEqual({
    order: ['a', 'customers', 'log', 'orders', 'lines'],
    deferred: [],
    impossible: [],
  })
})

test('a table that refers to itself stands where it would anyway', () => {
  const found = orderTables(['people'], [reference('people', 'people')])
  expect(found).toMatchObject({ order: ['people'], impossible: [] })
})

test('a cycle is cut at a reference that can wait for the end of the transaction', () => {
  const loose = reference('b', 'a', true)
  const found = orderTables(['a', 'b', 'c'], [reference('a', 'b'), loose, reference('c', 'a')])
  expect(found).toMatchObject({ deferred: [loose], impossible: [] })
  expect(found.order).toEqual(['b', 'a', 'c'])
})

test('a cycle without such a reference is reported whole, and every table is still listed', () => {
  const found = orderTables(['a', 'b', 'c'], [reference('a', 'b'), reference('b', 'c'), reference('c', 'a')])
  expect(found.impossible).toHaveLength(1)
  expect(found.impossible[0]).toHaveLength(3)
  expect([...found.order].sort()).toEqual(['a', 'b', 'c'])
})
