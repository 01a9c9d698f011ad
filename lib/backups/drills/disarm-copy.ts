import { loadSql } from '#lib/sql/load-sql.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

const disarmSql = loadSql(new URL('./sql/disarm_copy.sql', import.meta.url))

/** Takes from a scratch database, as its superuser, what could reach other machines. Safe to repeat. */
export async function disarmCopy(url: string): Promise<void> {
  const session = connectToUrl(url, 'owner', { purpose: 'disarm' })
  try {
    await session.unsafe(disarmSql)
  } finally {
    await session.end({ timeout: 5 })
  }
}
