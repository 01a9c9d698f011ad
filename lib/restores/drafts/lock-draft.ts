import { eq } from 'drizzle-orm'
import { restoreDrafts } from '#drizzle/schema/drafts.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import type { VerbScope } from '#lib/verb.ts'

type DraftRow = typeof restoreDrafts.$inferSelect

/** Locks one's own draft until the verb's transaction ends, or refuses: another person's is none of one's business. */
export async function lockDraft(
  { tx, actor }: VerbScope,
  draftId: string,
): Promise<DraftRow | { refusal: Refusal }> {
  const [draft] = await tx.select().from(restoreDrafts).where(eq(restoreDrafts.id, draftId)).for('update')
  if (!draft || actor.kind !== 'user' || draft.userId !== actor.userId) {
    return refuse('draft-not-found', 'This is no restore that you have begun.', 'Yours stand on Restore.')
  }
  if (draft.discardedAt) {
    return refuse('draft-discarded', 'These choices were discarded.', 'Begin a new restore.')
  }
  return draft
}
