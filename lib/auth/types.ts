import type { Role } from '#lib/context.ts'

export interface SignedInUser {
  id: string
  email: string
  name: string
  role: Role
}

export interface LiveSession {
  sessionId: string
  sessionVersion: number
  user: SignedInUser
  expiresAt: Date
}

export interface UserListing extends SignedInUser {
  approverFrom: Date | null
  disabledAt: Date | null
  hasPassword: boolean
  createdAt: Date
  lastSeenAt: Date | null
}
