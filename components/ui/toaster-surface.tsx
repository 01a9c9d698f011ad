'use client'

import { useTheme } from 'next-themes'
import { Toaster as Sonner } from 'sonner'

export function ToasterSurface() {
  const { resolvedTheme } = useTheme()
  return (
    <Sonner
      theme={resolvedTheme === 'dark' ? 'dark' : 'light'}
      position="bottom-right"
      closeButton
      toastOptions={{
        classNames: {
          toast: '!bg-raised !text-ink !border-line-strong !shadow-high !rounded-lg !text-sm !font-sans',
          description: '!text-ink-soft',
          error: '!border-bad',
          success: '!border-good',
        },
      }}
    />
  )
}
