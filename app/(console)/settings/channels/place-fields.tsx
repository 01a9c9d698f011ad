'use client'

import type { ShownChannel } from '#app/(console)/settings/channels/channels-screen.tsx'
import { Field, Input, Select } from '#components/ui/field.tsx'

export type Kind = ShownChannel['kind']

type Settings = ShownChannel['settings']

const text = (settings: Settings | null, name: string): string =>
  settings?.[name] === undefined ? '' : String(settings[name])

/** What a channel of this kind is asked for. Secrets are typed unseen and never filled in. */
export function PlaceFields({ kind, settings }: { kind: Kind; settings: Settings | null }) {
  switch (kind) {
    case 'email':
      return <MailFields settings={settings} />
    case 'pagerduty':
      return (
        <>
          <Field label="Integration key" hint="Of an integration “Events API v2”.">
            <Input name="routingKey" type="password" autoComplete="off" required />
          </Field>
          <Field label="Another service’s address" hint="Left out: PagerDuty.">
            <Input name="url" type="url" placeholder="https://events.pagerduty.com/v2/enqueue" />
          </Field>
        </>
      )
    case 'heartbeat':
      return (
        <>
          <Field
            label="Address to call each minute"
            hint="Of healthchecks.io, Dead Man’s Snitch and their like."
          >
            <Input name="url" type="password" autoComplete="off" required />
          </Field>
          <Field label="Method">
            <Select name="method" defaultValue={text(settings, 'method') || 'GET'}>
              <option>GET</option>
              <option>POST</option>
            </Select>
          </Field>
        </>
      )
    case 'slack':
    case 'webhook':
      return (
        <Field
          label="Address"
          hint={
            kind === 'slack'
              ? 'The incoming webhook’s, https://… Who has it can write there: it is kept sealed.'
              : 'https://… A signing key is made and shown once.'
          }
        >
          <Input name="url" type="password" autoComplete="off" spellCheck={false} required />
        </Field>
      )
  }
}

function MailFields({ settings }: { settings: Settings | null }) {
  const to = Array.isArray(settings?.to) ? settings.to.map(String).join(', ') : ''
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_6rem_9rem]">
        <Field label="Mail server">
          <Input name="host" defaultValue={text(settings, 'host')} required autoCapitalize="none" />
        </Field>
        <Field label="Port">
          <Input
            name="port"
            type="number"
            min={1}
            max={65535}
            defaultValue={text(settings, 'port') || '587'}
          />
        </Field>
        <Field label="Security">
          <Select name="security" defaultValue={text(settings, 'security') || 'starttls'}>
            <option value="starttls">STARTTLS</option>
            <option value="tls">TLS</option>
          </Select>
        </Field>
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="User name">
          <Input name="username" autoComplete="off" autoCapitalize="none" />
        </Field>
        <Field label="Password">
          <Input name="password" type="password" autoComplete="off" />
        </Field>
      </div>
      <Field label="Sender">
        <Input name="from" type="email" defaultValue={text(settings, 'from')} required />
      </Field>
      <Field label="Recipients" hint="Separated by commas. Left out: only the person on call.">
        <Input name="to" defaultValue={to} />
      </Field>
    </>
  )
}

/** What was filled in, as the verb takes it. */
export function readPlace(kind: Kind, form: FormData): Record<string, unknown> {
  const filled = (name: string): string | undefined => String(form.get(name) ?? '').trim() || undefined
  const given = (names: string[]) =>
    Object.fromEntries(names.map((name) => [name, filled(name)]).filter(([, value]) => value !== undefined))
  switch (kind) {
    case 'slack':
    case 'webhook':
      return { kind, ...given(['url']) }
    case 'pagerduty':
      return { kind, ...given(['routingKey', 'url']) }
    case 'heartbeat':
      return { kind, ...given(['url', 'method']) }
    case 'email':
      return {
        kind,
        ...given(['host', 'security', 'username', 'password', 'from']),
        ...(filled('port') ? { port: Number(filled('port')) } : {}),
        to: (filled('to') ?? '')
          .split(/[,;\s]+/)
          .map((part) => part.trim())
          .filter(Boolean),
      }
  }
}
