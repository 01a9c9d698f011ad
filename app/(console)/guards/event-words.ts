/** What a refusal went over, as people say it. */
const refusedWords: Record<string, string> = {
  statement: 'too many rows in one statement',
  transaction: 'too many rows in one transaction',
  window: 'too many rows in the window',
  permit: 'not what its permit allows',
  orphaning: 'would lock people out',
  truncate: 'TRUNCATE',
  drop: 'DROP',
  alter: 'ALTER',
  rewrite: 'rewrites a column',
  agent: 'not for an agent',
  unknown: 'not recorded',
}

const letGoWords: Record<string, string> = {
  deleted: 'deleted',
  overwritten: 'overwritten',
  permitted: 'permitted',
  expired: 'permit expired unused',
  forgotten: 'journal gone',
  tampered: 'guard changed',
}

export const kindWords = (kind: string): string => refusedWords[kind] ?? letGoWords[kind] ?? kind
