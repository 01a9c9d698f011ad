/** A target under the name that the public knows it by. */
export interface PublicService {
  targetId: string
  name: string
}

export interface StatusPageSettings {
  isPublished: boolean
  title: string
  services: PublicService[]
  notice: string | null
  changedAt: Date | null
  changedBy: string | null
}

/** What the public is told of a service. `unknown` is never shown as fine. */
export type ServiceState = 'operational' | 'degraded' | 'down' | 'maintenance' | 'unknown'

export interface PublicDay {
  /** `2026-03-04`, in UTC. */
  day: string
  state: Exclude<ServiceState, 'maintenance'>
}

export interface PublicWindow {
  title: string
  startsAt: Date
  endsAt: Date
  services: string[]
}

/** All that the page says. Nothing of it names a target, a version, a count or an error. */
export interface PublicStatus {
  title: string
  notice: string | null
  overall: ServiceState
  services: { name: string; state: ServiceState; days: PublicDay[] }[]
  windows: PublicWindow[]
  at: Date
}
