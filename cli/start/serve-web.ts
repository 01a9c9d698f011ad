// The web process. Next's own `next start` first looks around outside the package, which its confinement forbids;
// this calls what that command calls.
import { startServer } from 'next/dist/server/lib/start-server.js'
import { packageRoot } from '#lib/env.ts'

const [hostname, port] = process.argv.slice(2)
if (!hostname || !port) throw new Error('usage: serve-web <host> <port>')

await startServer({
  dir: packageRoot.replace(/[\\/]$/, ''),
  isDev: false,
  hostname,
  port: Number(port),
  allowRetry: false,
})
