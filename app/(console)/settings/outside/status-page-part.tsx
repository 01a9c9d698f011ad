'use client'

import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { changeStatusPageAction } from '#app/(console)/settings/outside/actions.ts'
import type { OutsideData } from '#app/(console)/settings/outside/outside-screen.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Field, Input, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'

/** The public page: whether it is there, what it is called, and which databases it tells of under which names. */
export function StatusPagePart({ data: { page, targets, role } }: { data: OutsideData }) {
  const [title, setTitle] = useState(page.title)
  const [notice, setNotice] = useState(page.notice ?? '')
  const [names, setNames] = useState<Record<string, string>>(
    Object.fromEntries(page.services.map(({ targetId, name }) => [targetId, name])),
  )
  const { run, pending, refusal } = useAction(changeStatusPageAction, { quiet: true, done: 'Saved' })
  const mayChange = can(role, 'status.change')
  const save = (isPublished: boolean) =>
    void run({
      isPublished,
      title,
      notice: notice.trim() === '' ? null : notice,
      services: targets
        .map(({ id }) => ({ targetId: id, name: (names[id] ?? '').trim() }))
        .filter(({ name }) => name !== ''),
    })
  return (
    <Panel
      title="Public status page"
      about={
        page.isPublished
          ? 'Anybody who has the address reads it. It names no database, check, number or error.'
          : 'Nobody sees it: its address answers that there is no page.'
      }
      actions={
        <>
          <Badge tone={page.isPublished ? 'good' : 'plain'}>
            {page.isPublished ? 'public' : 'not public'}
          </Badge>
          <a
            href={page.isPublished ? '/status' : '/api/status-preview'}
            target="_blank"
            rel="noreferrer"
            className="inline-flex items-center gap-1 text-sm text-accent hover:underline"
          >
            {page.isPublished ? 'Open it' : 'Preview'} <ExternalLink aria-hidden className="size-3.5" />
          </a>
        </>
      }
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          save(page.isPublished)
        }}
      >
        <Field label="Title">
          <Input
            value={title}
            maxLength={80}
            disabled={!mayChange}
            onChange={(event) => setTitle(event.target.value)}
          />
        </Field>
        <fieldset className="grid gap-2" disabled={!mayChange}>
          <legend className="mb-1 text-xs font-medium text-ink-soft">
            Public names. A database without one is not on the page.
          </legend>
          {targets.length === 0 ? <p className="text-sm text-ink-faint">No database yet.</p> : null}
          {targets.map(({ id, name, environment }) => (
            <div key={id} className="grid items-center gap-x-3 gap-y-1 sm:grid-cols-[14rem_minmax(0,1fr)]">
              <span className="truncate text-sm" id={`of-${id}`}>
                {name} <span className="text-xs text-ink-faint">{environment}</span>
              </span>
              <Input
                aria-labelledby={`of-${id}`}
                value={names[id] ?? ''}
                maxLength={60}
                placeholder="not on the page"
                onChange={(event) => setNames({ ...names, [id]: event.target.value })}
              />
            </div>
          ))}
        </fieldset>
        <Field label="Notice" hint="Stands above the services as long as there is one. Text only.">
          <Textarea
            value={notice}
            rows={2}
            maxLength={500}
            disabled={!mayChange}
            onChange={(event) => setNotice(event.target.value)}
          />
        </Field>
        <Refusal of={refusal} />
        {mayChange ? (
          <div className="flex flex-wrap items-center gap-2">
            <Button type="submit" variant="primary" pending={pending}>
              Save
            </Button>
            <Button
              variant={page.isPublished ? 'danger-outline' : 'secondary'}
              disabled={pending}
              onClick={() => save(!page.isPublished)}
            >
              {page.isPublished ? 'Save and take it away' : 'Save and publish'}
            </Button>
            {page.changedAt ? (
              <span className="text-xs text-ink-faint">
                Changed <Time at={page.changedAt} /> by {page.changedBy}
              </span>
            ) : null}
          </div>
        ) : null}
      </form>
    </Panel>
  )
}
