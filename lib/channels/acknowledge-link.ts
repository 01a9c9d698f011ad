import { createHash, randomBytes } from 'node:crypto'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { users } from '#drizzle/schema/auth.ts'
import { acknowledgeLinks, channels } from '#drizzle/schema/channels.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'

const linkHours = 24

export const acknowledgePath = (token: string): string => `/acknowledge/${token}`

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/**
 * Makes a link for one message to one reader; only its hash is kept. Each try at a message makes its own, because an
 * earlier try may have arrived after all. Not safe to repeat in the sense that each call makes another.
 */
export async function makeAcknowledgeLink(
  db: DbOrTx,
  link: { alertId: string; channelId: string; userId: string | null },
): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await db.insert(acknowledgeLinks).values({
    tokenHash: hashOf(token),
    ...link,
    expiresAt: sql`now() + make_interval(hours => ${linkHours})`,
  })
  return token
}

/** What a link is about, and who is recorded when it is used. */
export interface AcknowledgeLink {
  alertId: string
  title: string
  severity: string
  status: string
  targetName: string | null
  acknowledgedBy: string | null
  acknowledgedAt: Date | null
  channel: string
  /** The person to whom it was sent; null: whoever reads the channel. */
  email: string | null
  /** Whether that person may still act: not disabled, not a viewer. True where it was for nobody in particular. */
  mayAct: boolean
  state: 'usable' | 'used' | 'expired'
}

/** What this token's link is about, used or not; null when there is none. Changes nothing. */
export async function findAcknowledgeLink(db: DbOrTx, token: string): Promise<AcknowledgeLink | null> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return null
  const [row] = await db
    .select({
      alertId: alerts.id,
      title: alerts.title,
      severity: alerts.severity,
      status: alerts.status,
      targetName: targets.name,
      acknowledgedBy: alerts.acknowledgedBy,
      acknowledgedAt: alerts.acknowledgedAt,
      channel: channels.name,
      userId: acknowledgeLinks.userId,
      email: users.email,
      role: users.role,
      disabledAt: users.disabledAt,
      usedAt: acknowledgeLinks.usedAt,
      isOver: sql<boolean>`${acknowledgeLinks.expiresAt} <= now()`,
    })
    .from(acknowledgeLinks)
    .innerJoin(alerts, eq(alerts.id, acknowledgeLinks.alertId))
    .innerJoin(channels, eq(channels.id, acknowledgeLinks.channelId))
    .leftJoin(targets, eq(targets.id, alerts.targetId))
    .leftJoin(users, eq(users.id, acknowledgeLinks.userId))
    .where(eq(acknowledgeLinks.tokenHash, hashOf(token)))
  if (!row) return null
  const { userId, role, disabledAt, usedAt, isOver, ...rest } = row
  return {
    ...rest,
    mayAct: userId === null || (disabledAt === null && role !== 'viewer'),
    state: usedAt ? 'used' : isOver ? 'expired' : 'usable',
  }
}

/** Uses a link up, once, in the caller's transaction. Null when it is used, expired or unknown. */
export async function spendAcknowledgeLink(
  db: DbOrTx,
  token: string,
): Promise<{ alertId: string; channelId: string; userId: string | null } | null> {
  const [row] = await db
    .update(acknowledgeLinks)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(acknowledgeLinks.tokenHash, hashOf(token)),
        isNull(acknowledgeLinks.usedAt),
        gt(acknowledgeLinks.expiresAt, sql`now()`),
      ),
    )
    .returning()
  return row ? { alertId: row.alertId, channelId: row.channelId, userId: row.userId } : null
}
