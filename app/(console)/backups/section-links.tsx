import Link from 'next/link'
import { classNames } from '#components/ui/class-names.ts'

const sections = [
  { key: 'backups', title: 'Backups', path: '/backups' },
  { key: 'drills', title: 'Drills', path: '/backups/drills' },
  { key: 'storage', title: 'Storage and retention', path: '/backups/storage' },
] as const

/** The pages of this noun. */
export function SectionLinks({ target, here }: { target: string; here: (typeof sections)[number]['key'] }) {
  return (
    <nav aria-label="Backups" className="mb-4 flex gap-1 overflow-x-auto border-b border-line" data-no-print>
      {sections.map(({ key, title, path }) => (
        <Link
          key={key}
          href={`${path}?target=${encodeURIComponent(target)}`}
          aria-current={key === here ? 'page' : undefined}
          className={classNames(
            '-mb-px border-b-2 px-3 py-1.5 text-sm whitespace-nowrap max-sm:py-2.5',
            key === here
              ? 'border-accent font-medium text-ink'
              : 'border-transparent text-ink-soft hover:text-ink',
          )}
        >
          {title}
        </Link>
      ))}
    </nav>
  )
}
