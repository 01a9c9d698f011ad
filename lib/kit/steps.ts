import type { KitStep, KitStore } from '#lib/kit/types.ts'

const keyLine =
  'export HOLDFAST_KEY=…   # the key that you keep; earlier ones in HOLDFAST_OLD_KEYS, by commas'

/** A word for a shell, quoted where it has to be. Pure. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** What to do on an empty machine, in order, with the commands as they are typed. Pure. */
export function listSteps(stores: readonly KitStore[]): KitStep[] {
  const store = stores.find(({ leavesTheMachine }) => leavesTheMachine) ?? stores[0]
  const from = `holdfast restores from-store ${store?.argument ?? 'STORE'}`
  return [
    {
      title: 'Install Holdfast and say the key',
      about:
        'On any machine with Node and PostgreSQL’s client programs, in a checkout. Nothing of the old machine is needed. Where “holdfast” is not on the path, it is “npm run -s holdfast --”.',
      commands: ['npm ci', keyLine, 'export HOLDFAST_DATA=/path/to/a/new/directory'],
    },
    {
      title: 'See what the store holds',
      about: 'Shows every database with its archives. Needs no database and changes nothing.',
      commands: [`${from} --list`],
    },
    {
      title: 'Bring Holdfast’s own records back',
      about:
        'People, policies, credentials and history, from the newest archive of Holdfast’s own database. Then start it.',
      commands: [`${from} --control`, 'npm start -- --no-demo'],
    },
    {
      title: 'Or start anew, and take the archives over',
      about:
        'Where no archive of Holdfast’s own database is left: the catalogue comes back from the signed manifests.',
      commands: [
        'npm start -- --no-demo',
        from,
        'holdfast targets credential NAME owner --url postgresql://…',
      ],
    },
    {
      title: 'Bring a database back without any of that',
      about:
        'From the store and the key alone, into a new and empty database; its facts are compared afterwards.',
      commands: [`${from} --restore ID --into postgresql://user:password@host:5432/empty-database`],
    },
    {
      title: 'Without Holdfast at all',
      about:
        'Archives are ordinary age files around zstd around pg_dump. Export the identity beforehand, and keep it like the key.',
      commands: [
        'holdfast keys export-identity --out identity.txt   # today, not on that day',
        'age -d -i identity.txt ARCHIVE.dump.zst.age | zstd -d > ARCHIVE.dump',
        'pg_restore --dbname postgresql://… --no-owner ARCHIVE.dump',
      ],
    },
  ]
}
