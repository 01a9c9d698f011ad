import { Badge } from '#components/ui/badge.tsx'
import { StatusDot, statusWord } from '#components/ui/status-dot.tsx'

/** APPROVED or BLOCKED, or where its validation stands. */
export function VerdictBadge({
  deployment,
  large = false,
}: {
  deployment: { status: string; verdict: string | null }
  large?: boolean
}) {
  if (!deployment.verdict)
    return <StatusDot status={deployment.status} label={statusWord(deployment.status)} />
  return (
    <Badge
      tone={deployment.verdict === 'APPROVED' ? 'good' : 'bad'}
      className={large ? 'justify-self-start px-2.5 py-1 text-base' : undefined}
    >
      {deployment.verdict}
    </Badge>
  )
}
