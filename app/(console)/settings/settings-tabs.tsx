import { SectionLinks } from '#components/ui/section-links.tsx'

const tabs: { key: string; title: string; page?: string }[] = [
  { key: 'databases', title: 'Databases' },
  { key: 'policy', title: 'Policy' },
  { key: 'schedules', title: 'Schedules' },
  { key: 'storage', title: 'Storage' },
  { key: 'channels', title: 'Channels', page: '/settings/channels' },
  { key: 'outside', title: 'Outside', page: '/settings/outside' },
  { key: 'kit', title: 'Recovery kit', page: '/settings/kit' },
  { key: 'people', title: 'People' },
]

/** The parts of the settings. What is about no single database has a page of its own. */
export function SettingsTabs({ shown, target }: { shown: string; target: string | undefined }) {
  const hrefOf = ({ key, page }: (typeof tabs)[number]) => {
    const parameters = new URLSearchParams({
      ...(target ? { target } : {}),
      ...(page ? {} : { tab: key }),
    })
    return `${page ?? '/settings'}${parameters.size > 0 ? `?${parameters}` : ''}`
  }
  return (
    <SectionLinks
      label="Settings"
      here={shown}
      sections={tabs.map((tab) => ({ key: tab.key, title: tab.title, href: hrefOf(tab) }))}
    />
  )
}
