import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <Card className="w-full max-w-md">
        <EmptyState
          title="There is no such page"
          action={
            <Button asChild variant="primary">
              <a href="/">To Holdfast</a>
            </Button>
          }
        />
      </Card>
    </main>
  )
}
