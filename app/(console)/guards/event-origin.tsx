import { Code } from '#components/ui/code.tsx'

/** Role, application and address of whoever it was. */
export const originOf = (event: {
  role: string | null
  application: string | null
  address: string | null
}): string | null => [event.role, event.application, event.address].filter(Boolean).join(' · ') || null

const shortest = 220

/** A statement: short ones whole, long ones to unfold; to copy either way. */
export function StatementText({ children }: { children: string }) {
  if (children.length <= shortest && children.split('\n').length <= 6) {
    return <Code label="statement">{children}</Code>
  }
  return (
    <details className="group/statement min-w-0">
      <summary className="cursor-pointer list-none rounded-md border border-line bg-sunken px-3 py-2 font-mono text-xs break-words group-open/statement:hidden">
        {children.replace(/\s+/g, ' ').slice(0, shortest)}…{' '}
        <span className="font-sans text-accent">the whole statement</span>
      </summary>
      <Code label="statement">{children}</Code>
    </details>
  )
}
