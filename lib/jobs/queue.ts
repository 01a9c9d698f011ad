import { sql } from 'drizzle-orm'
import { fromDrizzle, PgBoss } from 'pg-boss'
import type { Db, DbOrTx } from '#lib/db/client.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

/** The one queue; its messages only wake a worker for a job run. */
export const wakeUpQueue = 'holdfast.wake-up'

/** Earlier versions let the queue keep the schedule; what is due stands in expected_runs now. */
const formerScheduleQueue = 'holdfast.schedule'

const queueSchema = 'pgboss'

/**
 * The queue for a worker: own connections and supervision. `stop` drains it.
 * A worker that dies is noticed by its missing heartbeat within half a minute (the library's default is much longer).
 */
export async function openWorkerQueue(url: string): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: url,
    application_name: 'holdfast:queue',
    schema: queueSchema,
    max: 4,
    useListenNotify: true,
    monitorIntervalSeconds: 10,
    schedule: false,
  })
  await boss.start()
  return boss
}

/** Creates or migrates the queue's own schema and the queue. Safe to repeat. */
export async function migrateQueue(url: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: url,
    schema: queueSchema,
    supervise: false,
    schedule: false,
    max: 2,
  })
  await boss.start()
  try {
    await boss.createQueue(wakeUpQueue, {
      retryLimit: 3,
      retryDelay: 5,
      heartbeatSeconds: 20,
      expireInSeconds: 3600,
      deleteAfterSeconds: 86_400,
      notify: true,
    })
    if (await boss.getQueue(formerScheduleQueue)) await boss.deleteQueue(formerScheduleQueue)
  } finally {
    await boss.stop({ graceful: false, close: true })
  }
}

const senders = new WeakMap<object, Promise<PgBoss>>()

function senderFor(db: Db): Promise<PgBoss> {
  let sender = senders.get(db.$client)
  if (!sender) {
    const boss = new PgBoss({
      db: {
        executeSql: async (text, values) => ({
          rows: [...(await db.$client.unsafe(text, values as never[]))],
        }),
      },
      schema: queueSchema,
      supervise: false,
      schedule: false,
      migrate: false,
      createSchema: false,
    })
    // Its timers outlive the pool they use; without a listener their first failure would end the process.
    boss.on('error', (error) => {
      if ((error as { code?: string }).code === 'CONNECTION_ENDED') void boss.stop({ graceful: false })
      else log.warn({ error: messageOf(error) }, 'queue trouble')
    })
    sender = boss.start()
    sender.catch(() => senders.delete(db.$client))
    senders.set(db.$client, sender)
  }
  return sender
}

/**
 * Makes the first wake-up of a process need no connection of its own. Await it before a transaction that others queue up
 * for: with the whole pool waiting for that transaction, it would wait for the pool.
 */
export const prepareWakeUps = async (db: Db): Promise<void> => {
  await senderFor(db)
}

/** Wakes a worker for this job run when `tx` commits; nothing is sent when it rolls back. */
export async function sendWakeUp(db: Db, tx: DbOrTx, jobRunId: string): Promise<void> {
  const sender = await senderFor(db)
  await sender.send(wakeUpQueue, { jobRunId }, { db: fromDrizzle(tx, sql) })
}
