import { colors, table } from '#cli/output.ts'
import { step } from '#cli/start/steps.ts'
import { createFirstAdminLink } from '#lib/auth/create-first-admin-link.ts'
import type { Ctx } from '#lib/context.ts'
import { ensureDemo } from '#lib/demo/ensure-demo.ts'
import type { EmbeddedServer } from '#lib/servers/embedded-server.ts'

/**
 * Sees to it that somebody can sign in: the demo's people where the demo is wanted (`demoServer`), else a one-time
 * link for the first admin. Returns what to print once the pages are up.
 */
export async function welcomePeople(
  ctx: Ctx,
  demoServer: EmbeddedServer | null,
): Promise<(url: string) => string> {
  const people = demoServer ? await seedDemo(ctx, demoServer) : ''
  const link = await createFirstAdminLink(ctx)
  const firstAdmin = (url: string): string =>
    link ? `Become the first admin (works once): ${url}/welcome/${link.token}\n\n` : ''
  return (url) =>
    `${colors.bold(`Holdfast is at ${url}`)}\n\n${people}${firstAdmin(url)}Ctrl-C stops everything.`
}

async function seedDemo(ctx: Ctx, server: EmbeddedServer): Promise<string> {
  const { people } = await step(
    'Demo',
    () => ensureDemo(ctx, { serverUrl: server.urlFor }),
    ({ created }) => (created ? 'Demo made' : 'Demo at hand'),
  )
  if (people.length === 0) return ''
  const rows = people.map(({ email, password, role }) => [email, password, role])
  return `Sign in as one of the demo's people:\n\n${table(['e-mail', 'password', 'role'], rows)}\n\n`
}
