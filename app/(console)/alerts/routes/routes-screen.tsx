'use client'

import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { moveRouteAction, removeRouteAction } from '#app/(console)/alerts/actions.ts'
import { AlertsSections } from '#app/(console)/alerts/alerts-sections.tsx'
import { RemoveButton } from '#app/(console)/alerts/remove-button.tsx'
import type { routesRead } from '#app/(console)/alerts/routes/queries.ts'
import { WhatIf } from '#app/(console)/alerts/routes/what-if.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { can } from '#lib/auth/permissions.ts'
import { countOf } from '#lib/format/format-count.ts'

export type RoutesData = Wire<ReadData<typeof routesRead>>
export type ShownRoute = RoutesData['routes'][number]

const RouteEditor = dynamic(() => import('./route-editor.tsx').then(({ RouteEditor }) => RouteEditor), {
  ssr: false,
})

export function RoutesScreen({ loaded }: { loaded: Loaded<ReadData<typeof routesRead>> }) {
  const { data } = useLoaded(loaded)
  const [edited, setEdited] = useState<ShownRoute | 'new' | null>(null)
  const maySet = can(data.role, 'alerts.set-route')
  const tellable = data.channels.filter(({ kind }) => kind !== 'heartbeat')
  return (
    <>
      <PageHeader
        title="Routes"
        about="Whom an alert is told to, and whom next while nobody acknowledges. The first route that matches counts."
        actions={
          maySet && tellable.length > 0 ? (
            <Button variant="primary" onClick={() => setEdited('new')}>
              Add a route
            </Button>
          ) : null
        }
      />
      <AlertsSections here="routes" />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="grid content-start gap-2">
          {data.routes.length === 0 ? (
            <Card>
              <EmptyState title={tellable.length === 0 ? 'There is no channel' : 'There is no route'}>
                {tellable.length === 0 ? (
                  <>
                    Alerts are shown on their page and told to nobody.{' '}
                    <Link href="/settings/channels" className="text-accent hover:underline">
                      Add a channel
                    </Link>{' '}
                    first.
                  </>
                ) : (
                  'Until there is one, every alert is told once, to every channel, and nobody is told next.'
                )}
              </EmptyState>
            </Card>
          ) : (
            <ol className="grid gap-2">
              {data.routes.map((route, index) => (
                <li key={route.id}>
                  <RouteCard route={route} place={index + 1} data={data} onEdit={() => setEdited(route)} />
                </li>
              ))}
            </ol>
          )}
          {data.routes.length > 0 ? (
            <p className="text-sm text-ink-faint">
              An alert that matches none of them tells nobody, and says so.
            </p>
          ) : null}
        </div>
        <WhatIf data={data} />
      </div>
      {edited ? (
        <RouteEditor
          key={edited === 'new' ? 'new' : edited.id}
          route={edited === 'new' ? null : edited}
          data={data}
          onClose={() => setEdited(null)}
        />
      ) : null}
    </>
  )
}

function RouteCard({
  route,
  place,
  data,
  onEdit,
}: {
  route: ShownRoute
  place: number
  data: RoutesData
  onEdit(): void
}) {
  const move = useAction(moveRouteAction)
  const nameIn = (all: readonly { id: string; name: string }[], id: string) =>
    all.find((each) => each.id === id)?.name ?? 'removed'
  const { match } = route
  const conditions = [
    `${match.minimumSeverity}${match.minimumSeverity === 'EMERGENCY' ? '' : ' and worse'}`,
    ...(match.targetIds ?? []).map((id) => nameIn(data.targets, id)),
    ...(match.environments ?? []),
    ...(match.fingerprints ?? []).map((beginning) => `${beginning}…`),
  ]
  return (
    <Panel
      title={`${place}. ${route.name}`}
      about={conditions.join(' · ')}
      actions={
        can(data.role, 'alerts.set-route') ? (
          <>
            <Button
              size="small"
              aria-label={`Move “${route.name}” up`}
              disabled={place === 1}
              pending={move.pending}
              onClick={() => void move.run({ routeId: route.id, place: place - 1 })}
            >
              Up
            </Button>
            <Button
              size="small"
              aria-label={`Move “${route.name}” down`}
              disabled={place === data.routes.length}
              pending={move.pending}
              onClick={() => void move.run({ routeId: route.id, place: place + 1 })}
            >
              Down
            </Button>
            <Button size="small" onClick={onEdit}>
              Change
            </Button>
            <RemoveButton
              act={removeRouteAction}
              input={{ routeId: route.id }}
              name={route.name}
              follows="Alerts on their way along it follow the next route that matches, or tell nobody."
            />
          </>
        ) : null
      }
    >
      <ol className="grid gap-1 text-sm">
        {route.steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          <li key={index} className="flex gap-2">
            <span className="w-28 shrink-0 text-ink-faint">
              {step.afterMinutes === 0
                ? index === 0
                  ? 'at once'
                  : 'right after'
                : `after ${countOf(step.afterMinutes, 'minute')}`}
            </span>
            <span className="min-w-0 break-words">
              {[
                ...step.channelIds.map((id) => nameIn(data.channels, id)),
                ...step.rotationIds.map((id) => `whoever is on call in ${nameIn(data.rotations, id)}`),
              ].join(', ')}
            </span>
          </li>
        ))}
      </ol>
      <p className="mt-2 text-xs text-ink-faint">
        {route.repeatMinutes === null
          ? 'Not repeated'
          : `Again from the first step ${countOf(route.repeatMinutes, 'minute')} after the last`}
        {route.tellsResolved
          ? '; tells those who were told that it is over.'
          : '; its end is told to nobody.'}
      </p>
    </Panel>
  )
}
