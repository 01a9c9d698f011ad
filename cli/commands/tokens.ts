import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { createAccessToken } from '#lib/status/create-access-token.ts'
import { listAccessTokens } from '#lib/status/queries.ts'
import { revokeAccessToken } from '#lib/status/revoke-access-token.ts'

const uses: Record<string, (token: string) => string> = {
  metrics: (token) => `curl -H 'Authorization: Bearer ${token}' <address of Holdfast>/metrics`,
  calendar: (token) => `Subscribe to: <address of Holdfast>/api/calendar/${token}.ics`,
}

/** `holdfast tokens …`: what machines show to read the metrics or a calendar. */
export function addTokensCommands(program: Command): void {
  const tokens = program.command('tokens').description('access of machines to metrics and calendars')

  addCommand(tokens, {
    usage: 'create <scope> <name>',
    about: 'make a token of the scope metrics or calendar and print it, this once',
    options: [['--of <email>', 'whose calendar; without it everybody’s']],
    async run(door, [scope, name], { of }) {
      const made = requireDone(
        await createAccessToken(door.ctx, { scope, name, ...(of ? { email: of } : {}) }),
      )
      return {
        json: made,
        text: `${made.token}\nIt is shown this once and opens ${made.scope} only.\n${uses[made.scope]!(made.token)}`,
      }
    },
  })

  addCommand(tokens, {
    usage: 'list',
    about: 'the tokens that open something, and when each was last used',
    async run(door) {
      const listed = await listAccessTokens(door.ctx.db)
      return {
        json: { tokens: listed },
        text: table(
          ['id', 'scope', 'name', 'of', 'made', 'by', 'last used'],
          listed.map((token) => [
            token.id,
            token.scope,
            token.name,
            token.scope === 'calendar' ? (token.email ?? 'everybody') : null,
            token.createdAt.toISOString(),
            token.createdBy,
            token.lastUsedAt?.toISOString() ?? 'never',
          ]),
        ),
      }
    },
  })

  addCommand(tokens, {
    usage: 'revoke <id>',
    about: 'end a token for good',
    async run(door, [tokenId]) {
      const ended = requireDone(await revokeAccessToken(door.ctx, { tokenId }))
      return { json: ended, text: `The token “${ended.name}” opens nothing any more.` }
    },
  })
}
