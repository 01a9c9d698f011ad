import type { Command } from 'commander'
import { addCommand, type Door, requireDone } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { addUser } from '#lib/auth/add-user.ts'
import { changeUserRole } from '#lib/auth/change-user-role.ts'
import { disableUser } from '#lib/auth/disable-user.ts'
import { oneTimeLinkPath } from '#lib/auth/one-time-token.ts'
import { proveStepUp } from '#lib/auth/prove-step-up.ts'
import { listUsers } from '#lib/auth/queries.ts'
import { resetPassword } from '#lib/auth/reset-password.ts'
import { setSoloMode } from '#lib/auth/set-solo-mode.ts'
import { getSoloMode, type SoloMode } from '#lib/auth/solo-mode.ts'

/** The password given to `--as` a moment ago is the proof; the operator needs none. */
async function proveForUser(door: Door, email: string): Promise<void> {
  if (door.ctx.actor.kind !== 'user') return
  requireDone(await proveStepUp(door.ctx, { boundTo: `users:${email.trim().toLowerCase()}` }))
}

const vouch = ['--approver-now', 'vouch for this person: may approve at once instead of after 24 h'] as const

const linkText = (path: string, expiresAt: Date): string =>
  `One-time link to set a password (works once, until ${expiresAt.toISOString()}):\n  <address of Holdfast>${path}`

const soloSwitch: Record<string, boolean> = { on: true, off: false }

const soloText = ({ on, since, by, reason }: SoloMode): string =>
  on
    ? `Solo mode is ON since ${since?.toISOString()}, by ${by}: ${reason}\nOne person alone may approve what they requested. The run waits 15 minutes, and a critical alert says so.`
    : `Solo mode is off${by ? `, by ${by}: ${reason}` : ''}. Each operation that needs approval takes two persons.`

/** `holdfast users …`: people, roles and their one-time links. */
export function addUsersCommands(program: Command): void {
  const users = program.command('users').description('people and their roles')

  addCommand(users, {
    usage: 'add <email>',
    about: 'add a person and print the one-time link with which they set their password',
    options: [
      ['--role <role>', 'viewer, admin or commander', 'viewer'],
      ['--name <name>', 'how people read it'],
      vouch,
    ],
    async run(door, [email], options) {
      await proveForUser(door, email!)
      const user = requireDone(
        await addUser(door.ctx, {
          email,
          role: options.role,
          ...(options.name ? { name: options.name } : {}),
          approverNow: options.approverNow === true,
        }),
      )
      const path = oneTimeLinkPath(user.token)
      return {
        json: { ...user, path },
        text: `${user.email} is ${user.role}.\n${linkText(path, user.expiresAt)}`,
      }
    },
  })

  addCommand(users, {
    usage: 'list',
    about: 'everybody with an account',
    async run(door) {
      const people = await listUsers(door.ctx.db)
      return {
        json: { users: people },
        text: table(
          ['e-mail', 'name', 'role', 'may approve from', 'state', 'last seen'],
          people.map((person) => [
            person.email,
            person.name,
            person.role,
            person.role === 'viewer' ? null : person.approverFrom?.toISOString(),
            person.disabledAt ? 'disabled' : person.hasPassword ? 'active' : 'invited',
            person.lastSeenAt?.toISOString(),
          ]),
        ),
      }
    },
  })

  addCommand(users, {
    usage: 'role <email> <role>',
    about: 'give a person another role; ends their sessions',
    options: [vouch],
    async run(door, [email, role], options) {
      await proveForUser(door, email!)
      const user = requireDone(
        await changeUserRole(door.ctx, { email, role, approverNow: options.approverNow === true }),
      )
      return { json: user, text: `${user.email} is ${user.role}.` }
    },
  })

  addCommand(users, {
    usage: 'reset-password <email>',
    about: 'void the password and print a one-time link to set a new one; ends their sessions',
    options: [vouch],
    async run(door, [email], options) {
      await proveForUser(door, email!)
      const user = requireDone(
        await resetPassword(door.ctx, { email, approverNow: options.approverNow === true }),
      )
      const path = oneTimeLinkPath(user.token)
      return { json: { ...user, path }, text: linkText(path, user.expiresAt) }
    },
  })

  addCommand(users, {
    usage: 'solo [switch]',
    about: 'whether one person alone may act here; on or off, at the host only',
    options: [['--reason <reason>', 'why']],
    async run(door, [word], options) {
      if (word === undefined) {
        const mode = await getSoloMode(door.ctx.db)
        return { json: mode, text: soloText(mode) }
      }
      const mode = requireDone(await setSoloMode(door.ctx, { on: soloSwitch[word], reason: options.reason }))
      return { json: mode, text: soloText(mode) }
    },
  })

  addCommand(users, {
    usage: 'disable <email>',
    about: 'end a person’s access; what they did stays in the records',
    async run(door, [email]) {
      await proveForUser(door, email!)
      const user = requireDone(await disableUser(door.ctx, { email }))
      return { json: user, text: `${user.email} has no access any more.` }
    },
  })
}
