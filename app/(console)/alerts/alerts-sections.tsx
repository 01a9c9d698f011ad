import { SectionLinks } from '#components/ui/section-links.tsx'

const sections = [
  { key: 'now', title: 'Now', path: '' },
  { key: 'routes', title: 'Routes', path: '/routes' },
  { key: 'on-call', title: 'On call', path: '/on-call' },
  { key: 'quiet', title: 'Maintenance and silences', path: '/quiet' },
]

/** The pages about alerts: what is wrong, and who is told of it when. */
export function AlertsSections({ here }: { here: string }) {
  return (
    <SectionLinks
      label="Alerts"
      here={here}
      sections={sections.map(({ key, title, path }) => ({ key, title, href: `/alerts${path}` }))}
    />
  )
}
