import { describe, expect, it } from 'vitest'
import { hidePermitSecret } from '#lib/guards/hide-permit-secret.ts'

const secret = 'kFrk-4sdB3allt540DwXfPYb1G0L6z5J0dbEcdyIqlk'

describe('hidePermitSecret', () => {
  it.each([
    `select holdfast.use_permit('${secret}'); delete from t`,
    `SELECT holdfast.USE_PERMIT ( $$${secret}$$ )`,
    `select "holdfast"."use_permit"(\n  secret => E'${secret}')`,
  ])('takes the secret out of %s', (statement) => {
    expect(hidePermitSecret(statement)).not.toContain(secret)
  })

  it('leaves every other statement as it is', () => {
    const statement = `delete from t where token = '${secret}'`
    expect(hidePermitSecret(statement)).toBe(statement)
  })
})
