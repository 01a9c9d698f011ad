import { countOf } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { healthy, noData, unhealthy } from '#lib/health/judgement.ts'
import type { GuardRecord } from '#lib/health/own-records.ts'
import type { Judgement, PlanChecks } from '#lib/health/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { protectedTables } from '#lib/targets/policy.ts'

/** Guards are compared every minute; what was not looked at for so long is not known to stand. */
const freshMs = 10 * 60_000

/** Every protected table has its guard, as it was installed, and somebody has looked. */
export function judgeGuards(
  wanted: readonly string[],
  records: readonly GuardRecord[],
  targetName: string,
  now: Date,
): Judgement {
  if (wanted.length === 0) return healthy('The policy protects no table.')
  const ofTable = new Map(records.map((record) => [record.table, record]))
  const states = wanted.map((table) => ({ table, record: ofTable.get(table) ?? null }))
  const tampered = states.filter(({ record }) => record?.state === 'tampered')
  const missing = states.filter(({ record }) => !record || record.state === 'missing')
  const other = states.filter(({ record }) => record?.state === 'outdated' || record?.state === 'unsupported')
  const bad = [...tampered, ...missing, ...other]
  if (bad.length > 0) {
    const parts = [
      tampered.length > 0 ? `${countOf(tampered.length, 'guard')} tampered with` : null,
      missing.length > 0 ? `${countOf(missing.length, 'protected table')} without a guard` : null,
      other.length > 0 ? `${countOf(other.length, 'guard')} outdated or not possible` : null,
    ].filter((part) => part !== null)
    const wasInstalled = records.some(({ state }) => state === 'installed' || state === 'tampered')
    return unhealthy(
      tampered.length > 0 || (missing.length > 0 && wasInstalled) ? 'CRITICAL' : 'WARNING',
      `${parts.join(', ')}: ${bad
        .slice(0, 5)
        .map(({ table }) => table)
        .join(', ')}.`,
      {
        affected: bad.length,
        samples: bad.slice(0, 20).map(({ table, record }) => ({
          id: table,
          note: record?.problems[0] ?? record?.state ?? 'never installed',
        })),
        remedy: `holdfast guards install ${targetName}`,
      },
    )
  }
  const oldest = Math.min(...states.map(({ record }) => record!.verifiedAt.getTime()))
  const ageMs = now.getTime() - oldest
  if (ageMs > freshMs)
    return noData(
      `The guards were last compared ${formatDuration(ageMs)} ago; whether they stand now is not known.`,
      `holdfast guards verify ${targetName}`,
    )
  return healthy(`All ${countOf(wanted.length, 'protected table')} have their guard, as it was installed.`)
}

/** `guards.installed`, from our own records. */
export const planGuardChecks: PlanChecks = ({ living, policy, targetName }) =>
  living?.records.isApplication
    ? [
        {
          check: 'guards.installed',
          area: 'guards',
          title: 'Guards in place and untampered',
          known: judgeGuards(
            protectedTables(policy).map(formatTable),
            living.records.guards,
            targetName,
            living.now,
          ),
        },
      ]
    : []
