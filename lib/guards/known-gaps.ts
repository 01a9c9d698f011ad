import type { SharedObjects } from '#lib/guards/shared-objects.ts'
import type { KnownGap } from '#lib/guards/types.ts'

/** The ways past the guards that stay open in this target, for people to read beside what is covered. */
export function listKnownGaps(shared: SharedObjects): KnownGap[] {
  const gaps: KnownGap[] = [
    {
      what: 'session_replication_role = replica, logical replication, pg_restore --disable-triggers',
      why: 'Ordinary triggers do not fire then; row counts find the loss within a minute. It takes a superuser or a grant; verification finds grants and defaults of it, but no other session can see what a session has set.',
    },
    {
      what: 'An expression that keeps the row and empties its meaning',
      why: 'UPDATE is counted on the columns that the policy names, and on every column for agents. Checks, probes and backups find the rest.',
    },
    {
      what: 'DROP DATABASE and the server’s files',
      why: 'No trigger inside a database sees them. Archives outside the server are what helps.',
    },
  ]
  if (shared.eventTriggers.some((trigger) => trigger.state === 'missing')) {
    gaps.unshift({
      what: 'DROP TABLE, DROP COLUMN and DISABLE TRIGGER',
      why: 'Refusing these, renames, detaches and lossy changes of type takes event triggers, which only a superuser may make here. Verification finds what became of guards and tables within a minute; an agent is kept from all of it by owning nothing.',
    })
  } else {
    gaps.push({
      what: 'DROP EVENT TRIGGER, ALTER EVENT TRIGGER, REASSIGN OWNED',
      why: 'PostgreSQL shows these to no event trigger. Verification finds missing, replaced and disabled ones within a minute; a new owner alone loses nothing.',
    })
  }
  for (const publication of shared.publishesAll) {
    gaps.push({
      what: `Publication ${publication} FOR ALL TABLES`,
      why: 'It publishes the guard’s own tables too, and a subscriber that lacks them stops applying. Publish by table, or from PostgreSQL 15 by schema.',
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
