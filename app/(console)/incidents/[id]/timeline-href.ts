export interface TimelineAsked {
  kinds?: readonly string[]
  search?: string
  shown?: number
}

export const firstShown = 100

/** The incident's page with this filter: it can be sent to somebody, and survives a reload. */
export function timelineHref(incidentId: string, { kinds = [], search = '', shown }: TimelineAsked): string {
  const query = new URLSearchParams({
    ...(kinds.length > 0 ? { kinds: kinds.join(',') } : {}),
    ...(search ? { search } : {}),
    ...(shown && shown > firstShown ? { shown: String(shown) } : {}),
  }).toString()
  return `/incidents/${incidentId}${query ? `?${query}` : ''}#timeline`
}
