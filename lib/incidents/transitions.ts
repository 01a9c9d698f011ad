import type { IncidentStatus } from './types.ts'

const allowed: Record<IncidentStatus, readonly IncidentStatus[]> = {
  open: ['investigating', 'stable', 'resolved'],
  investigating: ['stable', 'resolved'],
  stable: ['investigating', 'resolved'],
  resolved: ['investigating', 'closed'],
  closed: [],
}

/** Where an incident may go from here, in the order that people usually go. A closed one stays closed. */
export const nextStatuses = (from: IncidentStatus): readonly IncidentStatus[] => allowed[from]

export const canMove = (from: IncidentStatus, to: IncidentStatus): boolean => allowed[from].includes(to)

export const isOpen = (status: IncidentStatus): boolean => status !== 'resolved' && status !== 'closed'
