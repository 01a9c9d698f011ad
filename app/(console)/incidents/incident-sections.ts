/** The pages about incidents. */
export const incidentSections = [
  { key: 'incidents', title: 'Incidents', href: '/incidents' },
  { key: 'reports', title: 'Reports', href: '/incidents/reports' },
] as const
