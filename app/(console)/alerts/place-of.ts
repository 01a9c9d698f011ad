/** Where a problem of this kind is looked at closely. */
export function placeOf(fingerprint: string, targetName: string | null): { href: string; title: string } {
  const [source = '', name = ''] = fingerprint.split(':')
  const noun =
    source === 'guard'
      ? 'guards'
      : source === 'backup' || source === 'drill' || name === 'drill'
        ? 'backups'
        : source === 'performance'
          ? 'performance'
          : source === 'drift' || name === 'drift'
            ? 'drift'
            : source === 'target'
              ? 'settings'
              : 'health'
  const query = targetName ? `?target=${encodeURIComponent(targetName)}` : ''
  return { href: `/${noun}${query}`, title: noun[0]!.toUpperCase() + noun.slice(1) }
}
