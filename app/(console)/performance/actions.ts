'use server'

import { action } from '#app/_web/action.ts'
import { learnBaseline } from '#lib/performance/learn-baseline.ts'
import { requestPerformance } from '#lib/performance/request-performance.ts'

export async function requestPerformanceAction(input: unknown) {
  return action(requestPerformance, input)
}

export async function learnBaselineAction(input: unknown) {
  return action(learnBaseline, input)
}
