import { SectionLinks } from '#components/ui/section-links.tsx'

const pages = [
  { key: 'backups', title: 'Backups', path: '/backups' },
  { key: 'drills', title: 'Drills', path: '/backups/drills' },
  { key: 'storage', title: 'Storage and retention', path: '/backups/storage' },
] as const

/** The pages of the backups, about the same target. */
export function BackupSections({ target, here }: { target: string; here: (typeof pages)[number]['key'] }) {
  const query = `?target=${encodeURIComponent(target)}`
  return (
    <SectionLinks
      label="Backups"
      here={here}
      sections={pages.map(({ key, title, path }) => ({ key, title, href: path + query }))}
    />
  )
}
