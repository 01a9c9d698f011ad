import { describe, expect, it } from 'vitest'
import {
  compareObjects,
  isGrave,
  linkDeployments,
  nameChange,
  type SchemaChange,
} from '#lib/health/schema-changes.ts'
import { diffLines } from '#lib/health/schema-diff.ts'
import { withoutAgents } from '#lib/health/schema-objects.ts'

const table = (definition: string) => ({ kind: 'table', name: 'public.people', definition })
const before = table('column public.people.id integer not null\ncolumn public.people.mail text')
const after = table('column public.people.age integer\ncolumn public.people.id bigint not null')
const [changed] = compareObjects([before], [after])

describe('a schema change', () => {
  it('is told in a few words and as a diff of its lines', () => {
    expect(nameChange(changed!)).toBe('table public.people changed (+age, −mail, id altered)')
    expect(diffLines(changed!)).toEqual([
      { sign: '−', text: 'id integer not null' },
      { sign: '−', text: 'mail text' },
      { sign: '+', text: 'age integer' },
      { sign: '+', text: 'id bigint not null' },
    ])
  })

  it('is grave when data, a rule or a protection goes', () => {
    const of = (kind: string, change: SchemaChange['change']): SchemaChange => ({
      kind,
      name: 'x on public.people',
      change,
      before: change === 'added' ? null : 'a',
      after: change === 'removed' ? null : 'b',
      deployment: null,
    })
    expect(isGrave(changed!)).toBe(true)
    expect(['constraint', 'policy', 'trigger', 'table'].every((kind) => isGrave(of(kind, 'removed')))).toBe(
      true,
    )
    expect(isGrave(of('access', 'added'))).toBe(true)
    expect(isGrave(of('index', 'removed'))).toBe(false)
    expect(isGrave(of('table', 'added'))).toBe(false)
  })

  it('is accounted for by a migration that names it as a word, not as a part of one', () => {
    const seenAt = new Date('2026-03-04T12:00:00Z')
    const link = (text: string | null, minutesBefore: number) =>
      linkDeployments(
        [changed!],
        [{ id: 'd', number: 7, finishedAt: new Date(seenAt.getTime() - minutesBefore * 60_000), text }],
        seenAt,
      )[0]!.deployment
    expect(link('ALTER TABLE People ADD age int', 10)).toBe(7)
    expect(link('alter table "people" add age int', 10)).toBe(7)
    expect(link('alter table people_archive add age int', 10)).toBeNull()
    expect(link(null, 50)).toBe(7)
    expect(link(null, 70)).toBeNull()
  })
})

describe('withoutAgents', () => {
  const line = 'access table public.people owner app app=arwdDxt/app, helper=rd/app'
  it('leaves nothing of an agent, and everything of everybody else', () => {
    expect(withoutAgents(line, ['helper'], 'app')).toBeNull()
    expect(withoutAgents(line, ['helper'], 'postgres')).toBe(
      'access table public.people owner app app=arwdDxt/app',
    )
    expect(withoutAgents(line, ['other'], 'app')).toBe(line)
    expect(withoutAgents(`${line}, =r/app`, ['helper'], 'app')).toBe(
      'access table public.people owner app app=arwdDxt/app, =r/app',
    )
  })
})
