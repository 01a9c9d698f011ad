'use client'

import { useTheme } from 'next-themes'
import { useEffect } from 'react'
import { Toaster as Sonner } from 'sonner'
import { surfaceIsReady } from '#components/ui/tell.ts'

export function ToasterSurface() {
  const { resolvedTheme } = useTheme()
  // The surface below listens by then: effects run from the inside out.
  useEffect(surfaceIsReady, [])
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
