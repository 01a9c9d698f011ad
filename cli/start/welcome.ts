import { table } from '#cli/output.ts'
import { step } from '#cli/start/steps.ts'
import { createFirstAdminLink } from '#lib/auth/create-first-admin-link.ts'
import type { Ctx } from '#lib/context.ts'
import type { EmbeddedServer } from '#lib/servers/embedded-server.ts'

/**
 * Sees to it that somebody can sign in: the demo's people where the demo is wanted (`demoServer`), else a one-time
 * link for the first admin. Returns what to print once the pages are up.
 */
export async function welcomePeople(
  ctx: Ctx,
  demoServer: EmbeddedServer | null,
): Promise<(url: string) => string> {
  const link = await createFirstAdminLink(ctx)
  const firstAdmin = (url: string): string =>
    link ? `\nBecome the first admin (works once): ${url}/welcome/${link.token}\n` : ''
  return (url) => `Holdfast is at ${url}\n${firstAdmin(url)}Ctrl-C stops it.`
}
