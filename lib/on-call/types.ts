/** Who is on call in a rotation at a moment, and until when. */
export interface OnCall {
  rotationId: string
  rotation: string
  userId: string
  email: string
  name: string
  /** The next handover. */
  until: Date
  /** Standing in for somebody. */
  isOverride: boolean
}
