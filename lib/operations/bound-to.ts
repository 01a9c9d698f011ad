/** The form two people compare on their screens: `3f2a 9c01 77de`. */
export const shortFingerprint = (fingerprint: string): string =>
  [0, 4, 8].map((start) => fingerprint.slice(start, start + 4)).join(' ')

/** The one thing that a step-up for approving or running this plan is bound to. */
export const stepUpSubject = (operationId: string, fingerprint: string): string =>
  `operation:${operationId}:${fingerprint}`
