'use client'

import Link from 'next/link'
import type { ReadData } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import { clearFreezeAction } from '#app/(console)/backups/actions.ts'
import { ReasonDialog } from '#components/ui/reason-dialog.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { storageRead } from './queries.ts'

type Data = Wire<ReadData<typeof storageRead>>

/** Where a freeze's subject is looked at: `backup:<id>`. */
function hrefOf(subject: string): string | null {
  const [kind, id] = subject.split(':')
  return kind === 'backup' && id ? `/backups/${id}` : null
}

/** Why nothing expires, and the way to let it again. */
export function FreezePanel({
  data: { freezes, stoppedBecause, target, role },
}: {
  data: Pick<Data, 'freezes' | 'stoppedBecause' | 'target' | 'role'>
}) {
  if (stoppedBecause.length === 0) return null
  const others = stoppedBecause.filter((because) => !freezes.some(({ reason }) => reason === because))
  return (
    <section
      aria-label="Retention is stopped"
      className="flex flex-wrap items-start gap-x-4 gap-y-2 rounded-md border border-warn/50 bg-warn-tint px-4 py-3 text-sm"
    >
      <div className="mr-auto grid min-w-0 gap-1">
        <h2 className="text-sm">Nothing of {target.name} expires</h2>
        <ul className="grid gap-1">
          {freezes.map(({ id, reason, subject, frozenAt }) => (
            <li key={id}>
              {reason}{' '}
              <span className="text-ink-soft">
                Frozen <Time at={frozenAt} />.
              </span>{' '}
              {hrefOf(subject) ? (
                <Link href={hrefOf(subject)!} className="font-medium text-accent hover:underline">
                  Look at it
                </Link>
              ) : null}
            </li>
          ))}
          {others.map((because) => (
            <li key={because}>
              {because} <span className="text-ink-soft">This ends by itself when it answers again.</span>
            </li>
          ))}
        </ul>
      </div>
      {freezes.length > 0 && can(role, 'backups.unfreeze') ? (
        <span data-no-print>
          <ReasonDialog
            act={clearFreezeAction}
            input={{ target: target.name }}
            title="Let the retention work again"
            about="Old backups of this target expire again from then on, by the policy. Do it only when you know what happened and that the backups you may need are held."
            question="What was it, and why is it over?"
            button="Clear…"
            confirm="Clear the freeze"
            done="The retention works again"
          />
        </span>
      ) : null}
    </section>
  )
}
