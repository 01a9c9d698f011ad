import {
  BellRing,
  ClipboardCheck,
  DatabaseZap,
  Flag,
  HardDrive,
  HeartPulse,
  type LucideIcon,
  MessageSquare,
  OctagonX,
  Rocket,
  Send,
  ShieldAlert,
  Stamp,
  TestTubeDiagonal,
} from 'lucide-react'
import type { TimelineKind } from '#lib/incidents/types.ts'

/** How each kind of entry looks and is called. */
export const kindLooks: Record<TimelineKind, { icon: LucideIcon; title: string; tone: string }> = {
  incident: { icon: Flag, title: 'Incident', tone: 'text-accent' },
  note: { icon: MessageSquare, title: 'Notes', tone: 'text-accent' },
  alert: { icon: BellRing, title: 'Alerts', tone: 'text-ink-soft' },
  message: { icon: Send, title: 'Messages', tone: 'text-ink-soft' },
  health: { icon: HeartPulse, title: 'Checks', tone: 'text-warn' },
  guard: { icon: ShieldAlert, title: 'Guards', tone: 'text-bad' },
  schema: { icon: DatabaseZap, title: 'Schema', tone: 'text-warn' },
  approval: { icon: Stamp, title: 'Approvals', tone: 'text-accent' },
  operation: { icon: ClipboardCheck, title: 'Operations', tone: 'text-accent' },
  backup: { icon: HardDrive, title: 'Backups', tone: 'text-ink-soft' },
  drill: { icon: TestTubeDiagonal, title: 'Drills', tone: 'text-ink-soft' },
  deployment: { icon: Rocket, title: 'Deployments', tone: 'text-ink-soft' },
  refusal: { icon: OctagonX, title: 'Refusals', tone: 'text-warn' },
}
