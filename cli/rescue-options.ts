import type { CommandOptions } from '#cli/command.ts'
import { AppError } from '#lib/errors.ts'

export const givenText = (option: string | boolean | undefined): string | null =>
  typeof option === 'string' && option.trim() !== '' ? option.trim() : null

const usage = (message: string, hint: string) => new AppError('usage', message, { kind: 'invalid', hint })

/** A time as people write it, as an instant: `2026-03-04 14:00Z`. Throws AppError `usage`. */
export function givenInstant(option: string | boolean | undefined): string | null {
  const given = givenText(option)
  if (given === null) return null
  const at = new Date(given)
  if (!Number.isNaN(at.getTime())) return at.toISOString()
  throw usage(`“${given}” is not a time.`, 'Write it as 2026-03-04T14:00Z')
}

/** What was asked for, before anything is opened. Throws AppError `usage`. */
export function readRescueOptions(options: CommandOptions) {
  const store = givenText(options.store)
  const url = givenText(options.url) ?? process.env.HOLDFAST_TARGET_URL ?? null
  const reason = givenText(options.reason)
  const user = givenText(options.user)
  if (!store)
    throw usage('Say where the archives are.', 'Add --store /path/to/store or --store s3://bucket/prefix')
  if (!url)
    throw usage('Say which database it is about.', 'Set HOLDFAST_TARGET_URL, or add --url postgresql://…')
  if (!reason || reason.length < 8)
    throw usage('Say why; it stays in the record.', 'Add --reason "…", a sentence')
  if ((user === null) === (options.all !== true))
    throw usage('Say whom: one user, or all who are locked out.', 'Add --user KEY-OR-EMAIL, or --all')
  if (options.yes === true && !givenText(options.fingerprint))
    throw usage(
      'Without questions it takes the fingerprint of a plan that you have read.',
      'Run it with --dry-run first, then --yes --fingerprint F',
    )
  if (options.dryRun !== true && options.yes !== true && !process.stdin.isTTY)
    throw new AppError('not-confirmed', 'There is nobody at a terminal who could confirm the plan.', {
      kind: 'refused',
      hint: 'Read it with --dry-run, then add --yes --fingerprint F',
    })
  return {
    store,
    url,
    reason,
    users: user === null ? ('all' as const) : user.split(',').map((one) => one.trim()),
    fingerprint: givenText(options.fingerprint),
  }
}
