import { sql } from 'drizzle-orm'
import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { alerts } from './alerts.ts'
import { users } from './auth.ts'
import { id, instant, madeAt } from './columns.ts'
import { incidents } from './incidents.ts'

/** Where messages go: a chat's webhook, a signed webhook, mail, a paging service, or a heartbeat's address. */
export const channels = pgTable(
  'channels',
  {
    id: id(),
    name: text().notNull(),
    kind: text({ enum: ['slack', 'webhook', 'email', 'pagerduty', 'heartbeat'] }).notNull(),
    /** What may be shown: host, sender, recipients. Never a token or a whole URL (lib/channels/types.ts). */
    settings: jsonb().notNull(),
    /** Takes the message when this one has failed for good. */
    fallbackId: uuid(),
    status: text({ enum: ['untried', 'working', 'failing'] })
      .notNull()
      .default('untried'),
    statusAt: madeAt(),
    /** { code, message, hint } of the newest failure. */
    error: jsonb(),
    /** Counts the secrets it had, so that one can be replaced by a process that may not read them. */
    secretVersion: integer().notNull().default(1),
    /** The newest heartbeat's beginning: of several workers one sends it. */
    beatAt: instant(),
    createdAt: madeAt(),
    createdBy: text().notNull(),
    removedAt: instant(),
  },
  (table) => [uniqueIndex('channels_name_idx').on(table.name).where(sql`${table.removedAt} is null`)],
)

/** A channel's URL, password or key, sealed; the newest version counts. The web writes it and cannot read it. */
export const channelSecrets = pgTable(
  'channel_secrets',
  {
    channelId: uuid()
      .notNull()
      .references(() => channels.id),
    version: integer().notNull(),
    /** Sealed for `channel_secrets|<channelId>`. */
    sealed: text().notNull(),
    setAt: madeAt(),
    setBy: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.channelId, table.version] })],
)

/**
 * The outbox and the delivery log in one: a message to one recipient through one channel, written in the transaction of
 * what it tells about, sent by whoever claims it, tried again with growing pauses.
 */
export const deliveries = pgTable(
  'deliveries',
  {
    id: id(),
    /** The order in which messages were filed: one problem's are sent in it. */
    seq: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    channelId: uuid()
      .notNull()
      .references(() => channels.id),
    /** What it tells about. Both null: a test. */
    alertId: uuid().references(() => alerts.id),
    incidentId: uuid().references(() => incidents.id),
    /** The person on call whom it is for; null: whoever reads the channel. */
    userId: uuid().references(() => users.id),
    kind: text({
      enum: [
        'fired',
        'worsened',
        'escalated',
        'reminded',
        'acknowledged',
        'resolved',
        'incident',
        'digest',
        'audit',
        'test',
      ],
    }).notNull(),
    /** One message of one event, step and channel: who files it twice files it once. Sent along where the service takes one. */
    dedupKey: text().notNull(),
    /** { title, text, severity, href, … }: what the channel's kind turns into its own format. */
    message: jsonb().notNull(),
    status: text({ enum: ['queued', 'sending', 'sent', 'failed', 'held'] })
      .notNull()
      .default('queued'),
    /** Why it is held or was folded into another: maintenance, silence, digest. */
    heldBecause: text(),
    attempts: integer().notNull().default(0),
    nextAttemptAt: madeAt(),
    /** The sender's claim; after this another may take it. */
    leaseUntil: instant(),
    responseStatus: integer(),
    /** { code, message, hint } of the newest attempt. */
    error: jsonb(),
    /** The delivery that failed for good and that this one stands in for. */
    fallbackOf: uuid(),
    createdAt: madeAt(),
    sentAt: instant(),
  },
  (table) => [
    uniqueIndex('deliveries_dedup_key_idx').on(table.dedupKey),
    uniqueIndex('deliveries_seq_idx').on(table.seq),
    index('deliveries_due_idx').on(table.nextAttemptAt).where(sql`${table.status} in ('queued', 'sending')`),
    index('deliveries_channel_id_created_at_idx').on(table.channelId, table.createdAt),
    index('deliveries_alert_id_idx').on(table.alertId),
    index('deliveries_incident_id_idx').on(table.incidentId),
    index('deliveries_created_at_idx').on(table.createdAt),
  ],
)

/** Each try to send a delivery, and what came of it. */
export const deliveryAttempts = pgTable(
  'delivery_attempts',
  {
    id: id(),
    deliveryId: uuid()
      .notNull()
      .references(() => deliveries.id, { onDelete: 'cascade' }),
    channelId: uuid()
      .notNull()
      .references(() => channels.id),
    attempt: integer().notNull(),
    startedAt: madeAt(),
    durationMs: integer(),
    /** The process that tried. */
    sender: text().notNull(),
    responseStatus: integer(),
    /** { code, message, hint }; null while it runs and when it was taken. */
    error: jsonb(),
  },
  (table) => [
    index('delivery_attempts_delivery_id_idx').on(table.deliveryId),
    index('delivery_attempts_channel_id_started_at_idx').on(table.channelId, table.startedAt),
  ],
)

/** A link in a message by which its reader acknowledges one alert without signing in. Kept as a hash, single use. */
export const acknowledgeLinks = pgTable('acknowledge_links', {
  tokenHash: text().primaryKey(),
  alertId: uuid()
    .notNull()
    .references(() => alerts.id),
  channelId: uuid()
    .notNull()
    .references(() => channels.id),
  userId: uuid().references(() => users.id),
  expiresAt: instant().notNull(),
  usedAt: instant(),
})
