'use client'

import { X } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { Button } from '#components/ui/button.tsx'
import { Select } from '#components/ui/field.tsx'
import { type ListFilter, listHref } from './list-address.ts'

type Choice = 'kind' | 'status' | 'level' | 'origin'

const choices: { key: Choice; any: string; options: [value: string, words: string][] }[] = [
  {
    key: 'kind',
    any: 'Any kind',
    options: [
      ['archive', 'Archives'],
      ['snapshot', 'Snapshots'],
    ],
  },
  {
    key: 'status',
    any: 'All that is there',
    options: [
      ['all', 'What is gone too'],
      ['good', 'Good'],
      ['suspicious', 'Suspicious'],
      ['failed', 'Failed'],
      ['held', 'Held'],
      ['expiring', 'Being deleted'],
      ['expired', 'Expired'],
      ['running', 'Under way'],
      ['queued', 'Waiting'],
    ],
  },
  {
    key: 'level',
    any: 'Any verification',
    options: [
      ['facts-proven', 'Facts proven'],
      ['restored', 'Restored'],
      ['listed', 'Listed'],
      ['checksum', 'Checksum'],
      ['none', 'Not verified'],
    ],
  },
  {
    key: 'origin',
    any: 'Any origin',
    options: [
      ['holdfast', 'Made by Holdfast'],
      ['foreign', 'Made by others'],
    ],
  },
]

/** What the list shows; it stands in the address, so that a link keeps it. */
export function ListFilters({ target, filter }: { target: string; filter: ListFilter }) {
  const router = useRouter()
  const { after, ...chosen } = filter
  const isFiltered = Object.values(chosen).some(Boolean)
  const choose = (change: Partial<ListFilter>) =>
    router.push(listHref(target, { ...chosen, ...change }), { scroll: false })
  return (
    <search className="flex flex-wrap items-center gap-2" aria-label="Filter the backups" data-no-print>
      {chosen.day ? (
        <Button size="small" onClick={() => choose({ day: undefined })} aria-label={`Not only ${chosen.day}`}>
          {chosen.day}
          <X aria-hidden />
        </Button>
      ) : null}
      {choices.map(({ key, any, options }) => (
        <Select
          key={key}
          aria-label={any}
          value={chosen[key] ?? ''}
          onChange={(event) => choose({ [key]: event.target.value || undefined })}
          className="h-7 w-auto text-xs max-sm:w-[calc(50%-0.25rem)]"
        >
          <option value="">{any}</option>
          {options.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Select>
      ))}
      {isFiltered ? (
        <Link href={listHref(target, {})} scroll={false} className="text-xs text-accent hover:underline">
          Show all
        </Link>
      ) : null}
    </search>
  )
}
