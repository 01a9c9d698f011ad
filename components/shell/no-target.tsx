'use client'

import Link from 'next/link'
import { useShell } from '#components/shell/shell-context.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { can } from '#lib/auth/permissions.ts'

/** For every page about a target, while there is none. */
export function NoTarget() {
  const { user } = useShell()
  const mayAdd = can(user.role, 'targets.add')
  return (
    <Card>
      <EmptyState
        title="No database is protected yet"
        action={
          mayAdd ? (
            <Button asChild variant="primary">
              <Link href="/settings">Add a database</Link>
            </Button>
          ) : undefined
        }
      >
        <p>
          Holdfast protects a PostgreSQL database from the moment it knows its URL: it looks at the tables,
          proposes a policy, and starts to check.
        </p>
        <p className="mt-3 mb-1">From a terminal of the host:</p>
        <Code className="text-left">
          holdfast targets add NAME --url postgresql://user:password@host:5432/database
        </Code>
      </EmptyState>
    </Card>
  )
}
