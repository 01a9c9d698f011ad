import {
  ArchiveRestore,
  BellRing,
  ClipboardCheck,
  Gauge,
  GitCompare,
  HardDrive,
  HeartPulse,
  LayoutDashboard,
  type LucideIcon,
  Rocket,
  ScrollText,
  Settings,
  ShieldCheck,
  Siren,
  UserRoundCheck,
} from 'lucide-react'

export interface Place {
  noun: string
  title: string
  href: string
  icon: LucideIcon
  /** With `g` before it. */
  key: string
}

const place = (noun: string, title: string, icon: LucideIcon, key: string): Place => ({
  noun,
  title,
  icon,
  key,
  href: noun === 'overview' ? '/' : `/${noun}`,
})

export const placeGroups: { title: string | null; places: Place[] }[] = [
  { title: null, places: [place('overview', 'Overview', LayoutDashboard, 'o')] },
  {
    title: 'Watch',
    places: [
      place('health', 'Health', HeartPulse, 'h'),
      place('alerts', 'Alerts', BellRing, 'a'),
      place('performance', 'Performance', Gauge, 'p'),
      place('drift', 'Drift', GitCompare, 'f'),
    ],
  },
  {
    title: 'Respond',
    places: [
      place('incidents', 'Incidents', Siren, 'i'),
      place('restores', 'Restore', ArchiveRestore, 'r'),
      place('recovery', 'Recovery', UserRoundCheck, 'c'),
      place('operations', 'Operations', ClipboardCheck, 'x'),
    ],
  },
  {
    title: 'Protect',
    places: [
      place('guards', 'Guards', ShieldCheck, 'g'),
      place('backups', 'Backups', HardDrive, 'b'),
      place('deployments', 'Deployments', Rocket, 'd'),
    ],
  },
  {
    title: 'Record',
    places: [place('audit', 'Audit', ScrollText, 'l'), place('settings', 'Settings', Settings, 's')],
  },
]

export const places: Place[] = placeGroups.flatMap((group) => group.places)

/** What stands at the bottom of a phone; the rest is behind “More”. */
export const phonePlaces: Place[] = ['overview', 'alerts', 'incidents', 'backups'].map(
  (noun) => places.find((each) => each.noun === noun)!,
)

export const placeOf = (pathname: string): Place | undefined =>
  places.find(({ href }) =>
    href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`),
  )

/** The same place about another target. */
export const hrefFor = (href: string, target: string | null): string =>
  target ? `${href}?target=${encodeURIComponent(target)}` : href
