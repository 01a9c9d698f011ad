'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import type { FormEvent } from 'react'
import { Button } from '#components/ui/button.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Input } from '#components/ui/field.tsx'
import type { IncidentData } from './incident-screen.tsx'
import { timelineHref } from './timeline-href.ts'
import { kindLooks } from './timeline-looks.ts'

/** Which kinds are shown and what is looked for; both stay in the address. */
export function TimelineFilters({ data: { incident, timeline, filter } }: { data: IncidentData }) {
  const router = useRouter()
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const wanted = String(new FormData(event.currentTarget).get('search') ?? '').trim()
    router.replace(timelineHref(incident.id, { kinds: filter.kinds, search: wanted }), { scroll: false })
  }
  const toggled = (kind: (typeof filter.kinds)[number]) =>
    filter.kinds.includes(kind) ? filter.kinds.filter((each) => each !== kind) : [...filter.kinds, kind]
  return (
    <div className="grid gap-2 border-b border-line px-4 py-2" data-no-print>
      <nav aria-label="Kinds of entries" className="flex flex-wrap gap-1.5">
        {timeline.counts.map(({ kind, count }) => (
          <Link
            key={kind}
            href={timelineHref(incident.id, { ...filter, kinds: toggled(kind) })}
            scroll={false}
            replace
            prefetch={false}
            aria-current={filter.kinds.includes(kind) ? 'true' : undefined}
            className={classNames(
              'rounded-full border px-2 py-0.5 text-xs max-sm:px-3 max-sm:py-1.5',
              filter.kinds.includes(kind)
                ? 'border-accent bg-accent-tint font-medium text-accent'
                : 'border-line-strong bg-sunken text-ink-soft hover:text-ink',
            )}
          >
            {kindLooks[kind].title} {count}
          </Link>
        ))}
        {filter.kinds.length > 0 ? (
          <Link
            href={timelineHref(incident.id, { search: filter.search })}
            scroll={false}
            replace
            className="px-2 py-0.5 text-xs text-accent hover:underline max-sm:py-1.5"
          >
            all
          </Link>
        ) : null}
      </nav>
      <form onSubmit={search} className="flex gap-2">
        <Input
          key={filter.search}
          name="search"
          type="search"
          defaultValue={filter.search}
          maxLength={200}
          aria-label="Search the timeline"
          placeholder="A table, a name, a word"
        />
        <Button type="submit">Search</Button>
      </form>
    </div>
  )
}
