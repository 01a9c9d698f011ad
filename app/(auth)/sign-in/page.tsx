import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { safeNext } from '#app/_web/safe-next.ts'
import { findUser } from '#app/_web/session.ts'
import { SignInForm } from '#app/(auth)/sign-in/sign-in-form.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { next, ended, welcome, email } = await searchParams
  const destination = safeNext(next)
  if (await findUser({ byPage: true })) redirect(destination)
  return (
    <SignInForm
      next={destination}
      notice={
        welcome
          ? 'Your password is set. Sign in with it.'
          : ended
            ? 'Your session has ended. Sign in to go on where you were.'
            : null
      }
      email={typeof email === 'string' ? email : ''}
    />
  )
}
