import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { packageRoot } from '#lib/env.ts'
import { importsOf } from '#scripts/structure/imports.ts'

/** What a browser may get when somebody opens what needs it, and never with a page's first load. */
const heavy =
  /^(zod|recharts|sonner|cron-parser|date-fns|libpg-query|drizzle-orm|postgres|prom-client|ical-generator|nodemailer|undici)(\/|$)/
/** Positioning and focus code of Radix: `components/ui/*-surface.tsx` have it, loaded on demand. */
const surface = /^#?(?:\.\/|components\/ui\/)[a-z-]+-surface\.tsx$/
const isClient = (text: string): boolean => /^(?:\/\/.*\n|\/\*[\s\S]*?\*\/\s*)*'use client'/.test(text)
const isServerOnly = (text: string): boolean => /^'use server'/m.test(text)

const read = (file: string): string => readFileSync(join(packageRoot, file), 'utf8')

function fileOf(from: string, specifier: string): string | null {
  const path = specifier.startsWith('#')
    ? specifier.slice(1)
    : specifier.startsWith('.')
      ? normalize(join(dirname(from), specifier))
      : null
  return path && /\.tsx?$/.test(path) && existsSync(join(packageRoot, path)) ? path : null
}

/** Static imports: what is imported lazily comes when it is wanted. */
const staticImports = (text: string) =>
  importsOf(text.replace(/\bimport\(\s*['"][^'"]+['"]\s*\)/g, '')).filter(({ typeOnly }) => !typeOnly)

/**
 * What would make a page heavy, or null: a client module that reaches one of the heavy packages, or an on-demand surface,
 * without a lazy import between.
 */
export function weightProblem(file: string): string | null {
  if (!isClient(read(file)) || /-surface\.tsx$|-plot\.tsx$/.test(file)) return null
  const cameFrom = new Map<string, string | null>([[file, null]])
  for (const [reached] of cameFrom) {
    const text = read(reached)
    if (isServerOnly(text)) continue
    for (const { specifier } of staticImports(text)) {
      if (heavy.test(specifier) || surface.test(specifier)) {
        const path = [specifier, reached]
        for (let at = cameFrom.get(reached); at; at = cameFrom.get(at)) path.push(at)
        return `${file}: too heavy for a page’s first load, import it lazily: ${path.reverse().join(' → ')}`
      }
      const next = fileOf(reached, specifier)
      if (next && !cameFrom.has(next)) cameFrom.set(next, reached)
    }
  }
  return null
}
