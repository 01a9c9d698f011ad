/** What of the delivery log is asked for, as it stands in the page's address. */
export interface DeliveryQuery {
  channel?: string
  status?: 'queued' | 'sending' | 'sent' | 'failed' | 'held'
  before?: number
}

const statuses = ['queued', 'sending', 'sent', 'failed', 'held'] as const

/** Reads the page's address; what makes no sense is left out. */
export function readDeliveryQuery(given: Record<string, string | string[] | undefined>): DeliveryQuery {
  const text = (name: string): string => (typeof given[name] === 'string' ? given[name] : '')
  const status = statuses.find((known) => known === text('status'))
  const before = Number(text('before'))
  return {
    ...(/^[a-z][a-z0-9-]{0,62}$/.test(text('channel')) ? { channel: text('channel') } : {}),
    ...(status ? { status } : {}),
    ...(Number.isSafeInteger(before) && before > 0 ? { before } : {}),
  }
}

export function deliveryHref(query: DeliveryQuery): string {
  const parameters = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
  return `/settings/channels${parameters.size > 0 ? `?${parameters}` : ''}`
}
