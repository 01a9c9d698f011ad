import type { Metadata } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { getDb } from '#app/_web/db.ts'
import { acknowledgeAction } from '#app/(public)/acknowledge/[token]/actions.ts'
import { Logo } from '#components/shell/logo.tsx'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { type AcknowledgeLink, findAcknowledgeLink } from '#lib/channels/acknowledge-link.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { formatUtc } from '#lib/format/format-time.ts'

// No `no-referrer` here: a form posted under it says no origin, and is refused. The general policy keeps the token from others.
export const metadata: Metadata = { title: 'Acknowledge' }

const troubles: Record<string, string> = {
  wait: 'There were too many tries from here. Wait a minute and press again.',
  failed: 'This failed on our side. Press again; the server log says why.',
}

/** What the link in a message leads to. Looking changes nothing, so that programs that open links do nothing. */
export default async function AcknowledgePage({
  params,
  searchParams,
}: {
  params: Promise<{ token: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { token } = await params
  const { came } = await searchParams
  const link = await findAcknowledgeLink(getDb(), token)
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-5 flex items-center gap-2.5">
          <Logo className="size-8" />
          <div className="text-lg font-semibold">Holdfast</div>
        </div>
        <Card className="grid gap-3 p-5">
          {link ? (
            <About link={link} token={token} trouble={troubles[String(came ?? '')] ?? null} />
          ) : (
            <Unknown />
          )}
        </Card>
      </div>
    </main>
  )
}

function About({ link, token, trouble }: { link: AcknowledgeLink; token: string; trouble: string | null }) {
  const who = link.email ?? `whoever reads the channel “${link.channel}”`
  const open = link.status === 'firing' || link.status === 'silenced'
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <SeverityBadge severity={link.severity} />
        {link.targetName ? <span className="text-sm text-ink-soft">{link.targetName}</span> : null}
      </div>
      <h1 className="text-lg break-words">{link.title}</h1>
      {trouble ? (
        <p role="alert" className="text-sm text-bad">
          {trouble}
        </p>
      ) : null}
      {open && link.state === 'usable' && link.mayAct ? (
        <>
          <p className="text-sm text-ink-soft">
            Say that you work on it, and nobody else is called. Recorded is: {who}.
          </p>
          <form action={acknowledgeAction.bind(null, token)}>
            <Button type="submit" variant="primary" size="large" className="w-full">
              Acknowledge
            </Button>
          </form>
        </>
      ) : (
        <Outcome link={link} />
      )}
      <Console />
    </>
  )
}

function Outcome({ link }: { link: AcknowledgeLink }): ReactNode {
  if (link.status === 'acknowledged' && link.acknowledgedBy) {
    return (
      <p role="status" className="text-sm">
        Acknowledged by <strong>{formatActorName(link.acknowledgedBy)}</strong>
        {link.acknowledgedAt ? `, ${formatUtc(link.acknowledgedAt)}` : ''}. Nobody else is called.
      </p>
    )
  }
  if (link.status === 'resolved') {
    return (
      <p role="status" className="text-sm">
        The problem is over. Nothing has to be acknowledged.
      </p>
    )
  }
  if (!link.mayAct) return <p className="text-sm">{link.email} may not acknowledge alerts any more.</p>
  return (
    <p className="text-sm">
      This link {link.state === 'used' ? 'was used before' : 'is older than 24 hours'}. The problem is still
      there: sign in to acknowledge it.
    </p>
  )
}

function Unknown() {
  return (
    <>
      <h1 className="text-lg">This link is not known</h1>
      <p className="text-sm text-ink-soft">
        It may have been cut off on its way, or it is older than a week. Open the alert in the console.
      </p>
      <Console />
    </>
  )
}

const Console = () => (
  <Button asChild>
    <Link prefetch={false} href="/alerts">
      Open the console
    </Link>
  </Button>
)
