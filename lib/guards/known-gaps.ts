import type { SharedObjects } from '#lib/guards/shared-objects.ts'
import type { KnownGap } from '#lib/guards/types.ts'

/** The ways past the guards that stay open in this target, for people to read beside what is covered. */
export function listKnownGaps(shared: SharedObjects): KnownGap[] {
  const gaps: KnownGap[] = [
    {
      what: 'UPDATE that blanks or deactivates rows',
      why: 'Budgets count deleted rows only. Membership checks and backups find it; the journal does not hold it.',
    },
    {
      what: 'session_replication_role = replica',
      why: 'Ordinary triggers do not fire then. It takes a superuser or a grant; logical replication and pg_restore --disable-triggers use it. Row counts find the loss within a minute.',
    },
    {
      what: 'DROP DATABASE and the server’s files',
      why: 'No trigger inside a database sees them. Archives outside the server are what helps.',
    },
    {
      what: 'A superuser who means it',
      why: 'Whoever owns everything can take every guard away. Verification finds it and says so.',
    },
  ]
  if (!shared.isSuperuser && shared.eventTriggers.some((trigger) => trigger.state === 'missing')) {
    gaps.unshift({
      what: 'DROP TABLE, DROP COLUMN and DISABLE TRIGGER',
      why: 'Refusing them takes event triggers, which only a superuser may make here. Verification finds them within a minute.',
    })
  }
  if (!shared.hasEvidence) {
    gaps.unshift({
      what: 'Who tried what, of a refused statement',
      why: 'Count and time of refused attempts are kept; the particulars need the dblink extension and a role of their own, which could not be made here.',
    })
  }
  return gaps
}
