/** Where a request came from. The last hop's word: what stands before it was written by the browser and can say anything. */
export const nearestAddress = (forwarded: string | null | undefined): string | null =>
  forwarded?.split(',').at(-1)?.trim().slice(0, 60) || null
