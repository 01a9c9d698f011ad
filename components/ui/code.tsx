'use client'

import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { classNames } from '#components/ui/class-names.ts'

/** Text to read and copy: the exact SQL or command behind an act. */
export function Code({
  children,
  label = 'code',
  className,
  wrap = true,
}: {
  children: string
  label?: string
  className?: string
  wrap?: boolean
}) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(children)
      setCopied(true)
      setTimeout(() => setCopied(false), 1500)
    } catch {
      setCopied(false)
    }
  }
  return (
    <div className={classNames('group relative min-w-0 rounded-md border border-line bg-sunken', className)}>
      <pre
        className={classNames(
          'max-h-96 overflow-auto px-3 py-2 pr-11 font-mono text-xs leading-5',
          wrap && 'break-words whitespace-pre-wrap',
        )}
      >
        <code>{children}</code>
      </pre>
      <button
        type="button"
        onClick={copy}
        aria-label={copied ? 'Copied' : `Copy ${label}`}
        data-no-print
        className="absolute top-1 right-1 grid size-7 place-items-center rounded bg-sunken text-ink-faint hover:bg-surface hover:text-ink"
      >
        {copied ? <Check className="size-3.5 text-good" /> : <Copy className="size-3.5" />}
      </button>
    </div>
  )
}
