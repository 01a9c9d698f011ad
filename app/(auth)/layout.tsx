import type { ReactNode } from 'react'
import { Logo } from '#components/shell/logo.tsx'

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-5 flex items-center gap-2.5">
          <Logo className="size-8" />
          <div>
            <div className="text-lg leading-5 font-semibold">Holdfast</div>
            <div className="text-xs text-ink-faint">Prevents, detects and undoes data loss in PostgreSQL</div>
          </div>
        </div>
        {children}
      </div>
    </main>
  )
}
