import type { Read } from '#app/_web/read.ts'
import { onCallRead } from '#app/(console)/alerts/on-call/queries.ts'
import { alertRead, alertsRead } from '#app/(console)/alerts/queries.ts'
import { quietRead } from '#app/(console)/alerts/quiet/queries.ts'
import { routesRead } from '#app/(console)/alerts/routes/queries.ts'
import { auditRead } from '#app/(console)/audit/queries.ts'
import { backupRead } from '#app/(console)/backups/[id]/queries.ts'
import { drillsRead } from '#app/(console)/backups/drills/queries.ts'
import { backupListRead, backupsNowRead, backupsRead } from '#app/(console)/backups/queries.ts'
import { storageRead } from '#app/(console)/backups/storage/queries.ts'
import { deploymentRead, deploymentsRead } from '#app/(console)/deployments/queries.ts'
import { comparisonRead, driftRead } from '#app/(console)/drift/queries.ts'
import { agentsRead } from '#app/(console)/guards/agents-queries.ts'
import { permitsRead } from '#app/(console)/guards/permits-queries.ts'
import {
  guardChangeRead,
  guardDryRunRead,
  guardEventsRead,
  guardHistoryRead,
  guardsRead,
} from '#app/(console)/guards/queries.ts'
import { guardUndosRead } from '#app/(console)/guards/undo-queries.ts'
import { healthRead } from '#app/(console)/health/queries.ts'
import { schemaRead } from '#app/(console)/health/schema/queries.ts'
import { incidentRead, incidentsRead } from '#app/(console)/incidents/queries.ts'
import { incidentReportRead } from '#app/(console)/incidents/reports/queries.ts'
import { operationRead, operationsRead } from '#app/(console)/operations/queries.ts'
import { performanceRead } from '#app/(console)/performance/queries.ts'
import { fleetRead, overviewRead } from '#app/(console)/queries.ts'
import { recoveryRead } from '#app/(console)/recovery/queries.ts'
import { draftRead, restoresRead } from '#app/(console)/restores/queries.ts'
import { channelsRead, deliveryAttemptsRead } from '#app/(console)/settings/channels/queries.ts'
import { kitRead } from '#app/(console)/settings/kit/queries.ts'
import { outsideRead } from '#app/(console)/settings/outside/queries.ts'
import { settingsRead } from '#app/(console)/settings/queries.ts'
import { shellRead } from '#app/(console)/shell-queries.ts'

/** Every read that a screen may ask for again by name. Add yours, sorted by name. */
const reads = [
  agentsRead,
  permitsRead,
  guardsRead,
  guardChangeRead,
  guardDryRunRead,
  guardEventsRead,
  guardHistoryRead,
  guardUndosRead,
  healthRead,
  schemaRead,
  alertRead,
  alertsRead,
  onCallRead,
  quietRead,
  routesRead,
  auditRead,
  backupListRead,
  backupRead,
  backupsNowRead,
  backupsRead,
  channelsRead,
  comparisonRead,
  deliveryAttemptsRead,
  driftRead,
  drillsRead,
  storageRead,
  incidentRead,
  incidentReportRead,
  incidentsRead,
  kitRead,
  performanceRead,
  deploymentRead,
  deploymentsRead,
  operationRead,
  operationsRead,
  fleetRead,
  overviewRead,
  outsideRead,
  settingsRead,
  recoveryRead,
  draftRead,
  restoresRead,
  shellRead,
] as unknown as readonly Read[]

/** The read of this name, or null. */
export const findRead = (name: string): Read | null => reads.find((read) => read.name === name) ?? null
