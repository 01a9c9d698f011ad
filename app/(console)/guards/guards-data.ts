import type { ReadData } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import type { guardsRead } from './queries.ts'

/** What every section of the Guards page is given. */
export type GuardsData = Wire<ReadData<typeof guardsRead>>
