import type { PolicyInput } from '#lib/targets/policy.ts'
import type { Environment } from '#lib/targets/types.ts'

/** A sample database as its team would have it: an ordinary schema, and the policy that they would write for it. */
export interface DemoDatabase {
  /** The database's name and the target's. */
  name: string
  environment: Environment
  /** SQL scripts in their order; the tables, then the rows. They read the demo's day from `demo.today`. */
  scripts: readonly string[]
  /** Whether its tables belong to a role of their own, which its migrations use. Else to whoever made the database. */
  hasOwner: boolean
  policy: PolicyInput
}
