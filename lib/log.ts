import pino from 'pino'

/**
 * JSON lines on stderr, so that stdout stays free for the CLI's one JSON document.
 * Fields that can hold a credential are censored whatever logs them.
 */
export const log = pino(
  {
    level: process.env.HOLDFAST_LOG_LEVEL ?? 'info',
    base: null,
    redact: {
      paths: ['url', '*.url', 'password', '*.password', 'key', '*.key', 'token', '*.token'],
      censor: '[redacted]',
    },
  },
  pino.destination({ dest: 2, sync: true }),
)

export type Log = typeof log
