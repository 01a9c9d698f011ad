/** Says what was done or refused in the corner of the page. The surface is loaded with the first word. */
export function tell(kind: 'success' | 'error', text: string, description?: string | null): void {
  void import('sonner').then(({ toast }) => toast[kind](text, description ? { description } : undefined))
}
