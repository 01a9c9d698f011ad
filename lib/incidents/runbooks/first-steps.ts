import { countOf } from '#lib/format/format-count.ts'
import { formatUtc } from '#lib/format/format-time.ts'
import { isOpen } from '#lib/incidents/transitions.ts'
import { isRunning, pageOf, shellName } from './step-words.ts'
import type { Step } from './types.ts'

export const takeCommandStep: Step = {
  key: 'command',
  phase: 'first',
  title: 'Take command',
  about: 'One person decides; everyone else helps. It acknowledges the incident.',
  done: ({ incident }) => (incident.commander ? `${incident.commander} commands` : null),
  act: (facts) =>
    isRunning(facts)
      ? {
          type: 'do',
          title: 'Take command',
          verb: 'command',
          input: { incidentId: facts.incident.id },
          permission: 'incidents.command',
          done: 'You command this incident',
        }
      : null,
  behind: ({ incident }) => `holdfast incidents command ${incident.number} --as YOU@EXAMPLE.COM`,
}

export const stopWritesStep: Step = {
  key: 'stop',
  phase: 'first',
  title: 'Stop deployments, and whoever is deleting',
  about:
    'Nobody runs further commands on the database. Pause the pipeline; an agent’s role is taken back under Guards. The SQL shows who is connected and how to end a session.',
  act: (facts) => ({
    type: 'go',
    title: 'Take back an agent’s role',
    href: `${pageOf(facts, '/guards')}#agents`,
    permission: 'guards.revoke-agent',
  }),
  behind: () =>
    [
      'select pid, usename, application_name, client_addr, state, xact_start, left(query, 200) as query',
      '  from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() order by xact_start;',
      '-- Ends one session; its open transaction is rolled back:',
      'select pg_terminate_backend(PID);',
      '-- Keeps a role out until you say otherwise:',
      'alter role "ROLE" nologin;',
    ].join('\n'),
}

export const guardStep: Step = {
  key: 'guard',
  phase: 'first',
  title: 'Freeze what is left: guards on the protected tables',
  about: 'A guard refuses mass deletes, TRUNCATE and DROP, and keeps every deleted row from now on.',
  done: ({ guards }) =>
    guards && guards.tables > 0 && guards.installed === guards.tables
      ? `Guards stand on ${countOf(guards.tables, 'table')}`
      : null,
  act: (facts) => ({
    type: 'go',
    title: 'Install guards',
    href: pageOf(facts, '/guards'),
    permission: 'guards.install',
  }),
  behind: (facts) => `holdfast guards install ${shellName(facts)}`,
}

export const assessStep: Step = {
  key: 'loss',
  phase: 'first',
  title: 'See what was lost',
  about: 'Compares the newest copy with what is there now, table by table. It only reads.',
  done: ({ incident, lostTables }) =>
    incident.rowsLost === null
      ? null
      : incident.rowsLost === 0
        ? 'No lost row is known'
        : `${countOf(incident.rowsLost, 'row')} in ${countOf(lostTables.length, 'table')}`,
  act: (facts) =>
    isRunning(facts)
      ? {
          type: 'go',
          title: 'See what was lost',
          href: pageOf(facts, '/restores/new', { incident: facts.incident.id }),
          permission: 'operations.request',
        }
      : null,
  behind: ({ incident }) => `holdfast incidents show ${incident.number}`,
}

export const goodStateStep: Step = {
  key: 'good-state',
  phase: 'first',
  title: 'Know the last good state',
  about: 'The newest moment at which everything was well, and the proven backup nearest before it.',
  done: ({ incident: { lastGoodState: state } }) =>
    state?.at
      ? `${formatUtc(state.at)}; ${state.backup ? `${state.backup.kind} of ${formatUtc(state.backup.takenAt)} is proven` : 'no proven backup from before'}`
      : null,
  act: () => ({ type: 'go', title: 'Look at it', href: '#last-good-state' }),
  behind: ({ incident }) => `holdfast incidents show ${incident.number}`,
}

export const windowStep: Step = {
  key: 'window',
  phase: 'first',
  title: 'Announce the work: a maintenance window',
  about:
    'Checks go on; nobody is paged for what you do now. Put the application into its own maintenance mode too.',
  isOptional: true,
  done: ({ windowTitle }) => (windowTitle ? `Announced: ${windowTitle}` : null),
  act: ({ incident }) =>
    isOpen(incident.status)
      ? {
          type: 'do',
          title: 'Announce two hours from now',
          verb: 'window',
          // The page adds the times when somebody presses the button.
          input: {
            targetId: incident.targetId,
            title: `Work on incident #${incident.number}`,
            timeZone: 'UTC',
          },
          permission: 'alerts.add-window',
          done: 'The work is announced for two hours; it can be ended under Alerts',
        }
      : null,
}
