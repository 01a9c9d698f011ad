import type { SessionUser } from '#app/_web/session.ts'

/** Of whom the data of a read depends: on nobody, on the role alone, or on the person. */
export type Audience = 'everyone' | 'role' | 'person'

/** What a read may see of who asks. It is given no more, so that what is read once for many can only be the same for all. */
export type Reader<A extends Audience> = A extends 'person'
  ? Omit<SessionUser, 'sessionId'>
  : A extends 'role'
    ? Pick<SessionUser, 'role'>
    : undefined

/** What the read is given of this person. Pure. */
export function readerFor(audience: Audience | undefined, user: SessionUser): Reader<Audience> {
  if (audience === 'everyone') return undefined
  const { id, role, email, name } = user
  return audience === 'role' ? { role } : { id, role, email, name }
}

/** People with the same key are shown the same data by a read of this audience. A read that declares none is a person's. Pure. */
export function audienceKey(audience: Audience | undefined, user: SessionUser): string {
  return JSON.stringify(readerFor(audience, user) ?? null)
}
