import Link from 'next/link'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'

export default function ConsoleNotFound() {
  return (
    <Card className="mx-auto max-w-xl">
      <EmptyState
        title="There is nothing here"
        action={
          <Button asChild variant="primary">
            <Link href="/">To the Overview</Link>
          </Button>
        }
      >
        It was removed, or the address is wrong. Nothing was changed.
      </EmptyState>
    </Card>
  )
}
