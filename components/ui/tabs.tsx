'use client'

import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

/** Parts of one thing, one shown at a time. */
export function Tabs({
  label,
  tabs,
  defaultTab,
}: {
  label: string
  tabs: { key: string; title: ReactNode; content: ReactNode }[]
  defaultTab?: string
}) {
  return (
    <Radix.Root defaultValue={defaultTab ?? tabs[0]?.key}>
      <Radix.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map(({ key, title }) => (
          <Radix.Trigger
            key={key}
            value={key}
            className="-mb-px border-b-2 border-transparent px-3 py-1.5 text-sm whitespace-nowrap text-ink-soft hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
          >
            {title}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ key, content }) => (
        <Radix.Content key={key} value={key} className="pt-3">
          {content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
