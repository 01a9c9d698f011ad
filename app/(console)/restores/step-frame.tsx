'use client'

import { ArrowLeft } from 'lucide-react'
import Link from 'next/link'
import type { FormEvent, ReactNode } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import type { Refusal as RefusalValue } from '#lib/errors.ts'

/** One step on one screen: the question, its answers, and at the thumb the ways on and back. */
export function StepFrame({
  title,
  about,
  back,
  next,
  pending,
  disabled = false,
  refusal,
  onNext,
  children,
}: {
  title: string
  about: ReactNode
  back: string | null
  /** What the main button says. */
  next: string
  pending: boolean
  disabled?: boolean
  refusal: RefusalValue | null
  onNext(form: FormData): void
  children: ReactNode
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    onNext(new FormData(event.currentTarget))
  }
  return (
    <form onSubmit={submit}>
      <Panel title={title} about={about}>
        <div className="grid gap-4">
          {children}
          <Refusal of={refusal} />
          <div className="sticky bottom-0 -mx-4 -mb-3 flex gap-2 border-t border-line bg-surface px-4 py-3 max-lg:bottom-[calc(3.5rem+env(safe-area-inset-bottom))]">
            {back ? (
              <Button asChild size="large">
                <Link href={back}>
                  <ArrowLeft aria-hidden />
                  Back
                </Link>
              </Button>
            ) : null}
            <Button
              type="submit"
              variant="primary"
              size="large"
              className="ml-auto max-sm:flex-1"
              pending={pending}
              disabled={disabled}
            >
              {next}
            </Button>
          </div>
        </div>
      </Panel>
    </form>
  )
}
