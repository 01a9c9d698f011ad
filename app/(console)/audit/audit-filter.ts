/** What the page's address says about which entries are shown. Times are in UTC, as the form writes them. */
export interface AuditQuery {
  actor?: string
  action?: string
  outcome?: 'done' | 'refused' | 'failed'
  target?: string
  people?: boolean
  from?: string
  until?: string
  before?: string
}

const outcomes = ['done', 'refused', 'failed'] as const

const instant = (text: string | undefined): string | undefined => {
  if (!text) return undefined
  // `datetime-local` writes no zone; the page says UTC.
  const at = new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** The filter out of the address; what is not understood is left out. `about` is the target, which `target` already means elsewhere. */
export function readAuditQuery(params: Record<string, string | string[] | undefined>): AuditQuery {
  const one = (name: string): string | undefined => {
    const value = params[name]
    const text = (Array.isArray(value) ? value[0] : value)?.trim().slice(0, 200)
    return text || undefined
  }
  const outcome = outcomes.find((each) => each === one('outcome'))
  const before = one('before')
  const query = {
    actor: one('actor'),
    action: one('action'),
    outcome,
    target: one('about'),
    people: one('people') ? true : undefined,
    from: instant(one('from')),
    until: instant(one('until')),
    before: before && /^[1-9]\d{0,14}$/.test(before) ? before : undefined,
  }
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
}

/** The address of a filter. */
export function auditHref({ target, people, ...rest }: AuditQuery): string {
  const entries = Object.entries({ ...rest, about: target, people: people ? '1' : undefined }).filter(
    ([, value]) => value,
  )
  const search = new URLSearchParams(entries as [string, string][]).toString()
  return search ? `/audit?${search}` : '/audit'
}
