/**
 * Whether this is an address that a message may be sent to at all: http or https, nothing hidden in it. Where it leads is
 * judged when the socket is opened (lib/outgoing-address.ts), and plain http only reaches the own network.
 */
export function isSafeWebUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, hostname, hash } = new URL(text)
  return (
    (protocol === 'https:' || protocol === 'http:') &&
    !username &&
    !password &&
    hostname !== '' &&
    hash === ''
  )
}
