/** An archive's table of contents as `pg_restore --list` writes it and `--use-list` reads it. */

/** What a restored copy is made of, in the order in which it is made. */
export interface CopyLists {
  /** Everything but what would reach out, act by itself, or compute from elsewhere. */
  copied: string
  /** The materialized views' content: their queries run only after the copy can reach nobody. Null: there is none. */
  computed: string | null
  /** Event triggers; last, because they would fire on the making of everything after them. Null: there are none. */
  watching: string | null
  /** What is left out, in words. */
  leftOut: { what: string; why: string }[]
}

const entry = /^\d+; \d+ \d+ (.+)$/

/** Extensions whose own worker acts on what their tables hold, and the schema that these are in. */
const acting: Readonly<Record<string, string>> = { pg_cron: 'cron', pg_net: 'net' }

export const actingExtensions: readonly string[] = Object.keys(acting)

const makes = (extension: string) => (what: string) => what.startsWith(`EXTENSION - ${extension} `)

/** The acting extension that an entry makes, fills or describes. */
const actorOf = (what: string, actors: readonly string[]): string | undefined =>
  actors.find((name) =>
    [
      `EXTENSION - ${name} `,
      `COMMENT - EXTENSION ${name} `,
      `TABLE DATA ${acting[name]} `,
      `SEQUENCE SET ${acting[name]} `,
    ].some((start) => what.startsWith(start)),
  )

const reaching =
  /^(USER MAPPING|SUBSCRIPTION|SUBSCRIPTION TABLE|PUBLICATION|PUBLICATION TABLE|PUBLICATION TABLES IN SCHEMA) /

/** Needs a superuser; a copy that others may have crafted is made without one. */
const privileged =
  /^(EVENT TRIGGER|FOREIGN DATA WRAPPER|SERVER|FOREIGN SERVER|FOREIGN TABLE|EXTENSION|PROCEDURAL LANGUAGE|(COMMENT|ACL) - (EVENT TRIGGER|FOREIGN DATA WRAPPER|SERVER|EXTENSION|LANGUAGE)) /

/** The entries that make extensions, as a list of their own; null when there are none. */
export function extensionEntries(list: string): string | null {
  const lines = list.split('\n').filter((line) => entry.exec(line)?.[1]?.startsWith('EXTENSION - '))
  return lines.length > 0 ? `${lines.join('\n')}\n` : null
}

/** The list without the making of these schemas, which are there already. */
export const withoutSchemas = (list: string, schemas: readonly string[]): string =>
  list
    .split('\n')
    .filter((line) => !schemas.some((schema) => entry.exec(line)?.[1]?.startsWith(`SCHEMA - ${schema} `)))
    .join('\n')

/** Divides a table of contents into what an inert copy is made of and what it goes without. */
export function divideList(list: string, { withoutSuperuser = false } = {}): CopyLists {
  const copied: string[] = []
  const computed: string[] = []
  const watching: string[] = []
  const leftOut: CopyLists['leftOut'] = []
  const entries = list.split('\n').flatMap((line) => {
    const what = entry.exec(line)?.[1]
    return what ? [{ line, what }] : []
  })
  const actors = actingExtensions.filter((name) => entries.some(({ what }) => makes(name)(what)))
  for (const { line, what } of entries) {
    if (reaching.test(what)) continue
    const actor = actorOf(what, actors)
    if (actor) {
      if (makes(actor)(what))
        leftOut.push({ what: `extension ${actor}`, why: 'It acts by itself, and a copy must not.' })
    } else if (what.startsWith('MATERIALIZED VIEW DATA ')) computed.push(line)
    else if (withoutSuperuser && privileged.test(what)) {
      // Extensions are made beforehand.
      if (!/^(EXTENSION|COMMENT|ACL) /.test(what))
        leftOut.push({ what: what.toLowerCase(), why: 'It needs a superuser, and others made this archive.' })
    } else if (/^(COMMENT - )?EVENT TRIGGER /.test(what)) watching.push(line)
    else copied.push(line)
  }
  const listOf = (lines: string[]) => (lines.length > 0 ? `${lines.join('\n')}\n` : null)
  return { copied: listOf(copied) ?? '', computed: listOf(computed), watching: listOf(watching), leftOut }
}
