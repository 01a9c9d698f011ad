import type { IncidentKind } from '#lib/incidents/types.ts'
import * as after from './after-steps.ts'
import * as checking from './checking-steps.ts'
import * as first from './first-steps.ts'
import * as recovery from './recovery-steps.ts'
import * as service from './service-steps.ts'
import * as telling from './telling-steps.ts'
import type { Step } from './types.ts'

const loseNothingMore = [first.stopWritesStep, first.guardStep]
const over = [telling.tellStep, telling.statusPageStep, telling.resolveStep, after.writeUpStep]
const neverAgain = [
  after.preventionStep,
  after.backupsDailyStep,
  after.drillsWeeklyStep,
  after.alarmsStep,
  after.gateStep,
  after.teamStep,
  after.closeStep,
]
const wholeAgain = [checking.verifyStep, checking.criticalStep, checking.environmentStep, checking.stableStep]

/** The steps out of each kind of trouble, in their order. A new kind is one more list. */
export const runbooks: Record<IncidentKind, readonly Step[]> = {
  'data-loss': [
    first.takeCommandStep,
    ...loseNothingMore,
    first.assessStep,
    first.goodStateStep,
    first.windowStep,
    recovery.planRestoreStep,
    recovery.restoreStep,
    recovery.recoverUsersStep,
    recovery.proofStep,
    ...wholeAgain,
    ...over,
    ...neverAgain,
  ],
  'locked-out': [
    first.takeCommandStep,
    service.peopleStep,
    ...loseNothingMore,
    first.goodStateStep,
    recovery.recoverUsersFirstStep,
    recovery.planRestoreStep,
    recovery.restoreStep,
    ...wholeAgain,
    ...over,
    ...neverAgain,
  ],
  backups: [
    first.takeCommandStep,
    service.readBackupsStep,
    service.takeBackupStep,
    recovery.proofStep,
    checking.stableStep,
    ...over,
    after.backupsDailyStep,
    after.drillsWeeklyStep,
    after.alarmsStep,
    after.closeStep,
  ],
  guards: [
    first.takeCommandStep,
    service.tamperStep,
    ...loseNothingMore,
    first.assessStep,
    first.goodStateStep,
    recovery.planRestoreStep,
    recovery.restoreStep,
    checking.verifyStep,
    checking.stableStep,
    ...over,
    after.preventionStep,
    after.teamStep,
    after.closeStep,
  ],
  database: [
    first.takeCommandStep,
    checking.healthStep,
    first.windowStep,
    checking.mendStep,
    ...wholeAgain,
    ...over,
    after.preventionStep,
    after.alarmsStep,
    after.closeStep,
  ],
  deployment: [
    first.takeCommandStep,
    ...loseNothingMore,
    service.readDeploymentStep,
    first.assessStep,
    first.goodStateStep,
    first.windowStep,
    service.rollBackStep,
    recovery.planRestoreStep,
    recovery.restoreStep,
    ...wholeAgain,
    ...over,
    ...neverAgain,
  ],
  drift: [
    first.takeCommandStep,
    service.driftStep,
    first.assessStep,
    service.repairStep,
    checking.verifyStep,
    checking.stableStep,
    ...over,
    after.preventionStep,
    after.closeStep,
  ],
  performance: [
    first.takeCommandStep,
    checking.slowStep,
    checking.healthStep,
    service.readDeploymentStep,
    checking.mendStep,
    checking.criticalStep,
    checking.stableStep,
    ...over,
    after.preventionStep,
    after.closeStep,
  ],
  holdfast: [
    first.takeCommandStep,
    service.workerStep,
    service.alertsStep,
    service.storeStep,
    checking.stableStep,
    ...over,
    after.preventionStep,
    after.closeStep,
  ],
  other: [
    first.takeCommandStep,
    service.alertsStep,
    first.assessStep,
    first.goodStateStep,
    checking.mendStep,
    recovery.planRestoreStep,
    recovery.restoreStep,
    ...wholeAgain,
    ...over,
    after.preventionStep,
    after.closeStep,
  ],
}

/** A step of a kind's runbook; null when that has none of this key. */
export const findStep = (kind: IncidentKind, key: string): Step | null =>
  runbooks[kind].find((step) => step.key === key) ?? null
