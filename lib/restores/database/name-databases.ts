/** PostgreSQL cuts longer names off, silently, and then two of them can be one. */
const mostBytes = 63

const stamp = (moment: Date): string =>
  moment.toISOString().slice(0, 16).replaceAll('-', '').replace(':', '').replace('T', '_')

function nameWith(live: string, suffix: string): string {
  let begin = live
  while (Buffer.byteLength(begin + suffix) > mostBytes) begin = [...begin].slice(0, -1).join('')
  return begin + suffix
}

const tail = (operationId: string): string => operationId.slice(-4)

/** `salon_restored_20261121_1402_3f9a`: of which database, the moment of its rows, and the operation's last digits. Pure. */
export const nameRestored = (live: string, moment: Date, operationId: string): string =>
  nameWith(live, `_restored_${stamp(moment)}_${tail(operationId)}`)

/** `salon_before_20261121_1530_77c1`: what bore the name until about then. Pure. */
export const nameKept = (live: string, plannedAt: Date, operationId: string): string =>
  nameWith(live, `_before_${stamp(plannedAt)}_${tail(operationId)}`)
