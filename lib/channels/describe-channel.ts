import type { Channel } from './types.ts'

/** Where a channel leads, as everybody may read it: never a path, a token or a password. */
export function describePlace({ kind, settings }: Pick<Channel, 'kind' | 'settings'>): string {
  const text = (name: string): string => (settings[name] === undefined ? '' : String(settings[name]))
  if (kind !== 'email') return text('host')
  const to = Array.isArray(settings.to) ? settings.to.map(String) : []
  return `${to.length > 0 ? to.join(', ') : 'the person on call'} by ${text('host')}:${text('port')}`
}
