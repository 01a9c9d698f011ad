import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { cleanUp } from '#lib/testing/clean-up.ts'

export interface ReceivedMail {
  from: string
  to: string[]
  source: string
  user: string | undefined
  secure: boolean
}

export interface MailServer {
  port: number
  /** The certificate that it shows; nobody else signed it. */
  certificate: string
  mails: ReceivedMail[]
  /** From now on it refuses recipients with this reply code; 0: no more. */
  refuse(code: number): void
}

/** A real mail server for one test file. `localhost` is its name, unless told otherwise. */
export async function startMailServer({
  password,
  name = 'localhost',
}: {
  password: string
  name?: string
}): Promise<MailServer> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mail-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ].concat(subject, ['-keyout', key, '-out', cert]),
    { stdio: 'ignore' },
  )
  const certificate = readFileSync(cert, 'utf8')
  const mails: ReceivedMail[] = []
  let refusal = 0
  const server = new SMTPServer({
    key: readFileSync(key, 'utf8'),
    cert: certificate,
    authOptional: true,
    onAuth: ({ username, password: given }, _session, done) =>
      given === password ? done(null, { user: username }) : done(new Error('Invalid user name or password')),
    onRcptTo: (_address, _session, done) =>
      refusal ? done(Object.assign(new Error('not now'), { responseCode: refusal })) : done(),
    onData: (stream, session, done) =>
      void text(stream).then((source) => {
        mails.push({
          from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
          to: session.envelope.rcptTo.map(({ address }) => address),
          source,
          user: session.user,
          secure: session.secure,
        })
        done()
      }),
  })
  // Who breaks a connection off, as the tests do, is no news.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()))
    rmSync(folder, { recursive: true, force: true })
  })
  const { port } = server.server.address() as { port: number }
  return {
    port,
    certificate,
    mails,
    refuse(code) {
      refusal = code
    },
  }
}
