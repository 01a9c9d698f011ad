import Link from 'next/link'
import type { ReactNode } from 'react'
import type { ReadData } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Card, Stat } from '#components/ui/card.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { backupsRead } from './queries.ts'

type Data = Wire<ReadData<typeof backupsRead>>

const minuteMs = 60_000

const Evidence = ({ href, children }: { href: string | null; children: ReactNode }) =>
  href ? (
    <Link href={href} className="hover:underline">
      {children}
    </Link>
  ) : (
    children
  )

const backupHref = (id: string | null) => (id ? `/backups/${id}` : null)

const judge = (ms: number | null, objectiveMs: number) =>
  ms === null ? ('bad' as const) : ms > objectiveMs ? ('warn' as const) : ('good' as const)

/** What is measured beside what is promised. */
export function MeasuredCard({ data }: { data: Data }) {
  const { protection, policy, target } = data
  const exposureGoalMs = policy.objectives.exposureMinutes * minuteMs
  const recoveryGoalMs = policy.objectives.recoveryMinutes * minuteMs
  const drills = `/backups/drills?target=${encodeURIComponent(target.name)}`
  return (
    <Card className="grid grid-cols-2 gap-x-4 gap-y-3 px-4 py-3 lg:grid-cols-4">
      <Stat
        label="Would be lost with the database now"
        tone={judge(protection.exposureMs, exposureGoalMs)}
        value={
          <Evidence href={backupHref(protection.exposureBackupId)}>
            {protection.exposureSince === null ? 'everything' : <Duration since={protection.exposureSince} />}
          </Evidence>
        }
        note={`${protection.exposureSince ? 'since the newest good archive' : 'there is no good archive'} · objective ${formatDuration(exposureGoalMs)}`}
      />
      <Stat
        label="Back in"
        tone={judge(protection.recoveryMs, recoveryGoalMs)}
        value={
          <Evidence href={protection.provenDrillId ? drills : null}>
            {protection.recoveryMs === null ? 'not known' : <Duration ms={protection.recoveryMs} />}
          </Evidence>
        }
        note={`${protection.provenAt ? 'measured by the newest passed drill' : 'no drill has passed yet'} · objective ${formatDuration(recoveryGoalMs)}`}
      />
      <Stat
        label="Proven"
        tone={protection.provenAt ? 'plain' : 'bad'}
        value={protection.provenAt ? <Time at={protection.provenAt} /> : 'never'}
        note={`a proof is good for ${policy.objectives.proofHours} h`}
      />
      {/* Nothing is written into Holdfast's own database. */}
      {target.kind === 'control' ? null : (
        <Stat
          label="Newest snapshot"
          tone={protection.rescueMs === null && policy.protectedTables > 0 ? 'bad' : 'plain'}
          value={
            <Evidence href={backupHref(protection.rescueBackupId)}>
              {protection.rescueSince === null ? 'none' : <Duration since={protection.rescueSince} />}
            </Evidence>
          }
          note={
            protection.rescueSince
              ? `old · for quick rescue of the ${policy.protectedTables} protected tables`
              : policy.protectedTables === 0
                ? 'the policy protects no table yet'
                : `${policy.protectedTables} protected tables have no quick rescue`
          }
        />
      )}
    </Card>
  )
}
