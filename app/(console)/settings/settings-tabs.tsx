import Link from 'next/link'
import { classNames } from '#components/ui/class-names.ts'

const tabs = [
  { key: 'databases', title: 'Databases' },
  { key: 'policy', title: 'Policy' },
  { key: 'schedules', title: 'Schedules' },
  { key: 'storage', title: 'Storage' },
  { key: 'kit', title: 'Recovery kit' },
  { key: 'people', title: 'People' },
]

/** The parts of the settings. The recovery kit is about no single database, and a page of its own to be printed. */
export function SettingsTabs({ shown, target }: { shown: string; target: string | undefined }) {
  const query = (tab: string) => {
    const parameters = new URLSearchParams({
      ...(target ? { target } : {}),
      ...(tab === 'kit' ? {} : { tab }),
    })
    return parameters.size > 0 ? `?${parameters}` : ''
  }
  return (
    <nav aria-label="Settings" data-no-print className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map(({ key, title }) => (
        <Link
          key={key}
          href={`/settings${key === 'kit' ? '/kit' : ''}${query(key)}`}
          aria-current={key === shown ? 'page' : undefined}
          className={classNames(
            '-mb-px border-b-2 px-3 py-1.5 text-sm whitespace-nowrap',
            key === shown
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
