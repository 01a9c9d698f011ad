'use client'

import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Menu, MenuItem, MenuLabel } from '#components/ui/menu.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import { acknowledgeAlertAction, resolveAlertAction, silenceAlertAction } from './actions.ts'

const silences = [
  { minutes: 60, label: '1 hour' },
  { minutes: 8 * 60, label: '8 hours' },
  { minutes: 24 * 60, label: '1 day' },
  { minutes: 7 * 24 * 60, label: '7 days' },
]

/** What a person can do about an open alert. */
export function AlertActs({ alert, role }: { alert: { id: string; status: string }; role: Role }) {
  const acknowledge = useAction(acknowledgeAlertAction, { done: 'Acknowledged', quiet: true })
  const silence = useAction(silenceAlertAction, { done: 'Silenced', quiet: true })
  const resolve = useAction(resolveAlertAction, { done: 'Resolved', quiet: true })
  if (!can(role, 'alerts.acknowledge') || alert.status === 'resolved') return null
  const alertId = alert.id
  return (
    <div className="grid justify-items-end gap-2">
      <div className="flex flex-wrap gap-2" data-no-print>
        {alert.status !== 'acknowledged' ? (
          <Button
            size="small"
            variant="primary"
            pending={acknowledge.pending}
            onClick={() => void acknowledge.run({ alertId })}
          >
            Acknowledge
          </Button>
        ) : null}
        <Menu
          align="end"
          trigger={
            <Button size="small" pending={silence.pending}>
              Silence
            </Button>
          }
        >
          <MenuLabel>Keep quiet for</MenuLabel>
          {silences.map(({ minutes, label }) => (
            <MenuItem
              key={minutes}
              onSelect={() =>
                void silence.run({ alertId, until: new Date(Date.now() + minutes * 60_000).toISOString() })
              }
            >
              {label}
            </MenuItem>
          ))}
        </Menu>
        <Button size="small" pending={resolve.pending} onClick={() => void resolve.run({ alertId })}>
          Resolve
        </Button>
      </div>
      <Refusal of={acknowledge.refusal ?? silence.refusal ?? resolve.refusal} />
    </div>
  )
}
