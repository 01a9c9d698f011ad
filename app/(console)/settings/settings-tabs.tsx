import { SectionLinks } from '#components/ui/section-links.tsx'

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
    <SectionLinks
      label="Settings"
      here={shown}
      sections={tabs.map(({ key, title }) => ({
        key,
        title,
        href: `/settings${key === 'kit' ? '/kit' : ''}${query(key)}`,
      }))}
    />
  )
}
