import type { Command } from 'commander'
import { addPlainCommand } from '#cli/command.ts'
import { keepDataIn, runStart } from '#cli/start/run-start.ts'
import { AppError } from '#lib/errors.ts'

export function addStartCommand(program: Command): void {
  addPlainCommand(program, {
    usage: 'start',
    about: 'Start everything (database, web, worker) and serve until stopped.',
    options: [
      ['--port <number>', 'the web port; 3000 or the next free one when left out'],
      ['--host <address>', 'the address to listen on', '127.0.0.1'],
      ['--url <url>', 'the address that people use, where a proxy stands before it'],
      ['--data <directory>', 'where everything is kept'],
      ['--no-demo', 'without the demo databases and people'],
      ['--dev', 'with the development server, for working on Holdfast itself'],
    ],
    async run(_globals, _args, { port, host, url, data, demo, dev }) {
      if (typeof data === 'string') keepDataIn(data)
      await runStart({
        port: typeof port === 'string' ? parsePort(port) : null,
        host: String(host),
        publicUrl: typeof url === 'string' ? url.replace(/\/+$/, '') : null,
        demo: demo !== false,
        dev: dev === true,
      })
      return null
    },
  })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new AppError('port-invalid', `“${text}” is not a port.`, { kind: 'invalid', hint: '1 to 65535' })
}
