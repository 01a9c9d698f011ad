/** A statement without the secret of a permit, however it is quoted: it may still be open where its transaction was rolled back. */
export const hidePermitSecret = (statement: string): string =>
  statement.replace(/(use_permit\b.{0,40}?)[\w-]{43}/gis, '$1…')
