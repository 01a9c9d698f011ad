import type postgres from 'postgres'
import { askQuestion } from '#lib/health/ask-question.ts'
import { explainFailure } from '#lib/health/explain-failure.ts'
import { noData } from '#lib/health/judgement.ts'
import type { AnyCheck, Counters, Finding, Row } from '#lib/health/types.ts'
import { toStatement, toText } from '#lib/sql/fragment.ts'

export interface RunOptions {
  roleName: string
  targetName: string
  signal: AbortSignal
  onDone(done: number): void
  /** The counters that a check wants to find at its next run. */
  onRemember?(check: string, counters: Counters): void
}

/** Runs each check by itself: one that fails is no data, and never keeps another from running. */
export async function runChecks(
  sql: postgres.Sql,
  checks: readonly AnyCheck[],
  { roleName, targetName, signal, onDone, onRemember }: RunOptions,
): Promise<Finding[]> {
  const findings: Finding[] = []
  const ask = askOnce(sql)
  for (const { check, area, title, ...rest } of checks) {
    signal.throwIfAborted()
    const head = { check, area, title }
    if ('impossible' in rest) {
      const judged = noData(`Not run: ${rest.impossible}`, rest.remedy)
      findings.push({ ...head, ...judged, statement: null, durationMs: null })
    } else if ('known' in rest) {
      findings.push({ ...head, ...rest.known, statement: null, durationMs: null })
    } else {
      const { text, parameters } = toStatement(rest.collect)
      const statement = toText(rest.collect)
      const startedAt = performance.now()
      try {
        const rows = rest.question ? await askQuestion(sql, rest.question, text) : await ask(text, parameters)
        const durationMs = performance.now() - startedAt
        if (rest.remember) onRemember?.(check, rest.remember(rows))
        const judged = rest.judge(rows)
        if (judged) findings.push({ ...head, ...judged, statement, durationMs })
      } catch (error) {
        const judged = explainFailure(error, roleName, targetName, rest)
        findings.push({ ...head, ...judged, statement, durationMs: performance.now() - startedAt })
      }
    }
    onDone(findings.length)
  }
  return findings
}

/** Several checks judge the answer to one statement: a run asks it once, and what failed for one has failed for all. */
function askOnce(sql: postgres.Sql) {
  const answers = new Map<string, Promise<Row[]>>()
  return (text: string, parameters: Parameters<postgres.Sql['unsafe']>[1]): Promise<Row[]> => {
    const key = JSON.stringify([text, parameters])
    const answer = answers.get(key) ?? Promise.resolve(sql.unsafe<Row[]>(text, parameters))
    answers.set(key, answer)
    return answer
  }
}
