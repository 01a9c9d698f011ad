import type { ReactNode } from 'react'
import { Badge, type Tone } from '#components/ui/badge.tsx'

/** One of several, as a card that is as big as a thumb: what it is, and what it means. */
export function Choice({
  name,
  checked,
  onChoose,
  title,
  about,
  marks = [],
  disabled = false,
}: {
  /** Of the group. */
  name: string
  checked: boolean
  onChoose(): void
  title: ReactNode
  about: ReactNode
  marks?: readonly { tone: Tone; text: string }[]
  disabled?: boolean
}) {
  return (
    <label className="flex min-h-11 cursor-pointer items-start gap-2.5 rounded-md border border-line px-3 py-2 hover:bg-raised has-checked:border-accent has-checked:bg-accent-tint has-focus-visible:outline-2 has-focus-visible:outline-accent has-disabled:cursor-not-allowed has-disabled:opacity-60">
      <input
        type="radio"
        name={name}
        checked={checked}
        disabled={disabled}
        onChange={onChoose}
        className="mt-0.5 size-4 shrink-0 accent-(--accent)"
      />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm font-medium">
          {title}
          {marks.map(({ tone, text }) => (
            <Badge key={text} tone={tone}>
              {text}
            </Badge>
          ))}
        </span>
        <span className="block text-xs text-ink-soft">{about}</span>
      </span>
    </label>
  )
}
