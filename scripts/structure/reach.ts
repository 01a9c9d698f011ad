import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { packageRoot } from '#lib/env.ts'
import { importsOf } from '#scripts/structure/imports.ts'

const read = (file: string): string => readFileSync(join(packageRoot, file), 'utf8')

/** The file of ours behind an import, or null for a package. */
function fileOf(from: string, specifier: string): string | null {
  const path = specifier.startsWith('#')
    ? specifier.slice(1)
    : specifier.startsWith('.')
      ? normalize(join(dirname(from), specifier))
      : null
  return path && existsSync(join(packageRoot, path)) ? path : null
}

/**
 * What is wrong with a file of server actions, or null: nothing that it loads may read an SQL file at once. The bundle of
 * a page's actions is evaluated where such a file's URL does not resolve, and then every action of that page fails.
 */
export function actionProblem(file: string): string | null {
  const cameFrom = new Map<string, string | null>([[file, null]])
  for (const [reached] of cameFrom) {
    const text = read(reached)
    if (/\bloadSql\(new URL\(/.test(text)) {
      const path = [reached]
      for (let at = cameFrom.get(reached); at; at = cameFrom.get(at)) path.push(at)
      return `${file}: an action may not load SQL: ${path.reverse().join(' → ')}`
    }
    for (const { specifier, typeOnly } of importsOf(text)) {
      const next = typeOnly ? null : fileOf(reached, specifier)
      if (next && !cameFrom.has(next)) cameFrom.set(next, reached)
    }
  }
  return null
}
