import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { packageRoot } from '#lib/env.ts'
import { domainOf, edgeProblem } from '#scripts/structure/edges.ts'
import { importsOf } from '#scripts/structure/imports.ts'
import { actionProblem } from '#scripts/structure/reach.ts'
import { doorProblem } from '#scripts/structure/rooms.ts'
import { weightProblem } from '#scripts/structure/weight.ts'

const longest = 400
const comfortable = 250

const forbiddenNames =
  /^(index|utils?|helpers?|common|service|services|manager|constants|misc|shared)\.(ts|tsx|mjs)$/
const sqlHeader = ['-- purpose:', '-- runs as:', '-- locks:', '-- versions:', '-- undone by:']

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: packageRoot,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file && existsSync(join(packageRoot, file)))

const problems: string[] = []
const read = (file: string): string => readFileSync(join(packageRoot, file), 'utf8')
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '')
const isCode = (file: string): boolean => /\.(ts|tsx|mjs)$/.test(file)

/** A page below a noun's page uses what lies beside that one: `app/(console)/backups/[id]` → `../queries.ts`. */
const staysInNoun = (file: string, specifier: string): boolean =>
  /^app\/\(console\)\/[^/]+\/\[[^/]+\]\/[^/]+$/.test(file) && !specifier.startsWith('../../')

for (const file of files.filter(isCode)) {
  problems.push(...checkName(file), ...checkText(file), ...checkImports(file))
}
for (const file of files.filter((name) => name.endsWith('.sql') && !name.startsWith('drizzle/'))) {
  problems.push(...checkSql(file))
}
problems.push(...checkLengths())

function checkName(file: string): string[] {
  const name = basename(file)
  const found: string[] = []
  if (forbiddenNames.test(name)) found.push(`${file}: the name says nothing; name it after what it holds`)
  const stem = name.replace(/(\.test|\.spec|\.config|\.d)?\.(ts|tsx|mjs)$/, '')
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) found.push(`${file}: file names are kebab-case`)
  return found
}

function checkText(file: string): string[] {
  const text = read(file)
  const found: string[] = []
  if (file !== 'scripts/check-structure.ts' && /\b(TODO|FIXME|XXX)\b/.test(text)) {
    found.push(`${file}: no TODO; do it or drop it`)
  }
  for (const [, path] of withoutComments(text).matchAll(/new URL\('(\.{1,2}\/[^']+\.sql)'/g)) {
    if (!existsSync(resolve(packageRoot, dirname(file), path!))) found.push(`${file}: there is no ${path}`)
  }
  return found
}

function checkImports(file: string): string[] {
  const found: string[] = []
  for (const { specifier, typeOnly } of importsOf(read(file))) {
    if (specifier.startsWith('../') && !staysInNoun(file, specifier)) {
      found.push(`${file}: another room is imported as #…, not ${specifier}`)
    }
    const problem = doorProblem(file, specifier, typeOnly) ?? edgeProblem(file, specifier)
    if (problem) found.push(`${file}: ${problem}`)
  }
  const unloadable = /^'use server'/m.test(read(file)) ? actionProblem(file) : null
  if (unloadable) found.push(unloadable)
  const tooHeavy = /^(app|components)\/.*\.tsx?$/.test(file) ? weightProblem(file) : null
  if (tooHeavy) found.push(tooHeavy)
  return found
}

function checkSql(file: string): string[] {
  const lines = read(file).split('\n')
  const missing = sqlHeader.find((start, index) => !lines[index]?.startsWith(start))
  return missing ? [`${file}: the five-line header lacks “${missing}”`] : []
}

function checkLengths(): string[] {
  const lengths = files
    .filter(
      (file) => ['.ts', '.tsx', '.sql'].includes(extname(file)) && !file.startsWith('drizzle/migrations/'),
    )
    .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
  const long = lengths.filter(({ lines }) => lines > comfortable)
  const found = lengths
    .filter(({ lines }) => lines > longest)
    .map(({ file, lines }) => `${file}: ${lines} lines; none has more than ${longest}`)
  if (long.length > lengths.length * 0.05) {
    found.push(
      `${long.length} of ${lengths.length} files have more than ${comfortable} lines; at most 5 % may`,
    )
  }
  return found
}

const domains = new Set(files.map(domainOf).filter(Boolean))
if (problems.length > 0) {
  process.stdout.write(`${[...new Set(problems)].join('\n')}\n${problems.length} problems\n`)
  process.exit(1)
}
process.stdout.write(`structure: ${files.length} files, ${domains.size} domains, in order\n`)
