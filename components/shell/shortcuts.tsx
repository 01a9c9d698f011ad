'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { hrefFor, places } from '#components/shell/navigation.ts'
import { useShell } from '#components/shell/shell-context.tsx'
import { Dialog } from '#components/ui/dialog.tsx'

const sequenceMs = 1_200

const isTyping = (element: EventTarget | null): boolean =>
  element instanceof HTMLElement &&
  (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName))

/** `g` and a letter goes to a place, `/` switches the target, `?` shows this. Silent while somebody types or a dialog is open. */
export function Shortcuts({
  helpOpen,
  onHelp,
  onSwitchTarget,
}: {
  helpOpen: boolean
  onHelp(open: boolean): void
  onSwitchTarget(): void
}) {
  const router = useRouter()
  const { target } = useShell()
  const begun = useRef(0)
  const name = target?.name ?? null

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return
      if (isTyping(event.target) || document.querySelector('[role=dialog],[role=menu]')) return
      const inSequence = Date.now() - begun.current < sequenceMs
      begun.current = 0
      if (inSequence) {
        const place = places.find(({ key }) => key === event.key)
        if (place) {
          event.preventDefault()
          router.push(hrefFor(place.href, name))
        }
        return
      }
      if (event.key === 'g') begun.current = Date.now()
      if (event.key === '?') onHelp(true)
      if (event.key === '/') {
        event.preventDefault()
        onSwitchTarget()
      }
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [router, name, onHelp, onSwitchTarget])

  return (
    <Dialog title="Keyboard shortcuts" open={helpOpen} onOpenChange={onHelp}>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-1.5 max-sm:grid-cols-1">
        {places.map(({ noun, title, key }) => (
          <Row key={noun} keys={['g', key]} what={title} />
        ))}
        <Row keys={['/']} what="Switch target" />
        <Row keys={['?']} what="This list" />
      </dl>
    </Dialog>
  )
}

const Row = ({ keys, what }: { keys: string[]; what: string }) => (
  <div className="flex items-center gap-2">
    <dt className="flex gap-1">
      {keys.map((key) => (
        <kbd
          key={key}
          className="min-w-6 rounded border border-line-strong bg-sunken px-1.5 text-center font-mono text-xs"
        >
          {key}
        </kbd>
      ))}
    </dt>
    <dd className="text-ink-soft">{what}</dd>
  </div>
)
