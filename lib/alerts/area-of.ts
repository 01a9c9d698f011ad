const sources: Record<string, string> = {
  guard: 'guards',
  backup: 'backups',
  drill: 'backups',
  archive: 'backups',
  copy: 'backups',
  store: 'backups',
  schedule: 'schedules',
  performance: 'performance',
  drift: 'synchronisation',
  target: 'server',
  operation: 'operations',
  holdfast: 'Holdfast itself',
}

/** What part of protection a problem is about, by its fingerprint. Pure. */
export function areaOf(fingerprint: string): string {
  const [source = '', rest = ''] = fingerprint.split(':')
  if (source === 'health' || source === 'no-data') {
    const area = rest.split('.')[0] ?? ''
    return sources[area] ?? (area || 'health')
  }
  return sources[source] ?? source
}
