import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listPastSilences, listSilences } from '#lib/alerts/silences/queries.ts'
import { listWindows } from '#lib/alerts/windows/queries.ts'
import { windowOccurrences } from '#lib/alerts/windows/window-rule.ts'
import { listTargets } from '#lib/targets/queries.ts'

const dayMs = 86_400_000
const aheadDays = 28

export const quietRead = defineRead({
  name: 'quiet',
  topics: ['alerts', 'on-call', 'targets'],
  audience: 'role',
  input: z.null(),
  async read({ db, user }) {
    const now = new Date()
    const until = new Date(now.getTime() + aheadDays * dayMs)
    const [windows, silences, past, targets] = await Promise.all([
      listWindows(db),
      listSilences(db),
      listPastSilences(db),
      listTargets(db),
    ])
    const nameOf = (id: string | null) => targets.find((target) => target.id === id)?.name ?? null
    return {
      role: user.role,
      targets: targets.map(({ id, name }) => ({ id, name })),
      windows: windows.map((window) => {
        const [next = null] = windowOccurrences(window, now, until)
        return {
          ...window,
          targetName: nameOf(window.targetId),
          next,
          isInEffect: next !== null && next.startsAt <= now,
        }
      }),
      silences: silences.map((silence) => ({ ...silence, targetName: nameOf(silence.targetId) })),
      past: past.map((silence) => ({ ...silence, targetName: nameOf(silence.targetId) })),
    }
  },
})
