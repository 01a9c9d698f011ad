/** What a journal keeps the old image of. */
export const journalActs = ['delete', 'update'] as const
export type JournalAct = (typeof journalActs)[number]
