import { and, desc, eq, gt, sql } from 'drizzle-orm'
import { guardEvents } from '#drizzle/schema/guards.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { AlertFacts, BrokenGlassFact, Problem } from './types.ts'

/** Who weakened a production target's protection alone within the last day. Each of them stays an alert that long. */
export async function listBrokenGlassFacts(db: DbOrTx, targetId: string): Promise<BrokenGlassFact[]> {
  const rows = await db
    .select({ at: guardEvents.at, by: guardEvents.roleName, detail: guardEvents.detail })
    .from(guardEvents)
    .where(
      and(
        eq(guardEvents.targetId, targetId),
        eq(guardEvents.kind, 'tampered'),
        gt(guardEvents.at, sql`now() - interval '24 hours'`),
        sql`${guardEvents.detail} ? 'breakGlass'`,
      ),
    )
    .orderBy(desc(guardEvents.at))
  return rows.map(({ at, by, detail }) => {
    const { breakGlass, problems } = detail as { breakGlass: string; problems: string[] }
    return { at, by: by ?? 'somebody', act: breakGlass, losses: problems }
  })
}

/** One problem per act: the newest says who did what. Pure. */
export function judgeBrokenGlass({ brokenGlass, targetName }: AlertFacts): Problem[] {
  return [...Map.groupBy(brokenGlass, (fact) => fact.act)].map(([act, facts]) => {
    const newest = facts[0]!
    return {
      fingerprint: `guard:alone:${act}`,
      title: act === 'guards.remove' ? 'Guards taken off by one person' : 'Policy weakened by one person',
      details: `${newest.by} went ahead alone, because nobody else exists who could approve. ${newest.losses.join(' ')}`,
      remedy:
        act === 'guards.remove'
          ? `If it was not meant: holdfast guards install ${targetName}. Add a second person: holdfast users add EMAIL --role commander`
          : `If it was not meant, apply the policy from before. Add a second person: holdfast users add EMAIL --role commander`,
      severity: 'CRITICAL',
      seenAt: newest.at,
    }
  })
}
