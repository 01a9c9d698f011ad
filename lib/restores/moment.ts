/** `2026-03-04 14:02 UTC`. */
export const momentText = (moment: Date): string =>
  `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`
