import Link from 'next/link'
import { classNames } from '#components/ui/class-names.ts'

interface Section {
  key: string
  title: string
  href: string
}

/** The pages of one noun, as tabs; the one that is shown is marked. */
export function SectionLinks({
  label,
  sections,
  here,
}: {
  label: string
  sections: readonly Section[]
  here: string
}) {
  return (
    <nav aria-label={label} className="mb-4 flex gap-1 overflow-x-auto border-b border-line" data-no-print>
      {sections.map(({ key, title, href }) => (
        <Link
          key={key}
          href={href}
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
