'use client'

import dynamic from 'next/dynamic'

// 11 kB that no page needs before somebody acts.
export const Toaster = dynamic(
  () => import('./toaster-surface.tsx').then((module) => module.ToasterSurface),
  {
    ssr: false,
  },
)
