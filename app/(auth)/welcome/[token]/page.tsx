import type { Metadata } from 'next'
import { getDb } from '#app/_web/db.ts'
import { WelcomeForm } from '#app/(auth)/welcome/[token]/welcome-form.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { findOneTimeLink } from '#lib/auth/use-one-time-link.ts'

export const metadata: Metadata = { title: 'Welcome', referrer: 'no-referrer' }

export default async function WelcomePage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params
  const link = await findOneTimeLink(getDb(), token)
  if (!link) {
    return (
      <Card className="grid gap-3 p-5">
        <h1 className="text-lg">This link no longer works</h1>
        <p className="text-sm text-ink-soft">
          It was used before, or it is older than 24 hours. Ask an admin for a new one, or make one on the
          host:
        </p>
        <code className="rounded-md border border-line bg-sunken px-3 py-2 font-mono text-xs">
          holdfast users reset-password EMAIL
        </code>
        <Button asChild variant="primary">
          <a href="/sign-in">Sign in</a>
        </Button>
      </Card>
    )
  }
  return <WelcomeForm token={token} email={link.email} name={link.name} choosesEmail={link.choosesEmail} />
}
