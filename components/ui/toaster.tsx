'use client'

import dynamic from 'next/dynamic'
import { useEffect, useState } from 'react'
import { onFirstWord } from '#components/ui/tell.ts'

// 10 kB that no page needs before somebody acts.
const Surface = dynamic(() => import('./toaster-surface.tsx').then((module) => module.ToasterSurface), {
  ssr: false,
})

/** Where words in the corner of the page appear. */
export function Toaster() {
  const [isWanted, setWanted] = useState(false)
  useEffect(() => onFirstWord(() => setWanted(true)), [])
  return isWanted ? <Surface /> : null
}
