'use client'

import { Check, Link2, Share2 } from 'lucide-react'
import { useState, useSyncExternalStore } from 'react'
import { Button } from '#components/ui/button.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import { shortFingerprint } from '#lib/operations/bound-to.ts'
import type { OperationData } from './operation-screen.tsx'

const never = () => () => {}
const canShare = (): boolean => typeof navigator.share === 'function'

const shownPeople = 5

/** Sends the second person the way to this plan; says who that can be. */
export function AskForApproval({ data: { operation, approvers } }: { data: OperationData }) {
  const [copied, setCopied] = useState(false)
  const shares = useSyncExternalStore(never, canShare, () => false)
  const message = {
    title: `Approve: ${operation.sentence ?? operation.kind}`,
    text: `Please look at this plan for ${operation.targetName} and approve it. Its mark: ${operation.fingerprint ? shortFingerprint(operation.fingerprint) : '–'}`,
  }
  const url = () => `${location.origin}/operations/${operation.id}`
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url())
      setCopied(true)
      setTimeout(() => setCopied(false), 2_000)
    } catch {
      setCopied(false)
    }
  }
  // Closing the share sheet is no failure.
  const share = () => navigator.share({ ...message, url: url() }).catch(() => undefined)
  const more = approvers.length - shownPeople
  return (
    <div className="grid gap-2">
      <div className="flex gap-2 *:flex-1">
        <Button size="large" variant={shares ? 'secondary' : 'primary'} onClick={copy}>
          {copied ? <Check aria-hidden className="text-good" /> : <Link2 aria-hidden />}
          {copied ? 'Copied' : 'Copy the link'}
        </Button>
        {shares ? (
          <Button size="large" variant="primary" onClick={share}>
            <Share2 aria-hidden />
            Share…
          </Button>
        ) : null}
      </div>
      {approvers.length > 0 ? (
        <p className="text-xs text-ink-soft">
          Can approve it now:{' '}
          {approvers
            .slice(0, shownPeople)
            .map(({ name, email }) => (name && name !== email ? `${name} (${email})` : email))
            .join(', ')}
          {more > 0 ? ` and ${formatCount(more)} more` : ''}.
        </p>
      ) : operation.soloMode ? null : (
        <p className="text-xs font-medium text-bad">
          Nobody else can approve it now. An admin adds people under Settings; the operator at the host can
          break the glass.
        </p>
      )}
    </div>
  )
}
