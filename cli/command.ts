import type { Command } from 'commander'
import { type Door, withDoor } from '#cli/door.ts'
import { asAppError, exitCodeOf } from '#cli/exit-code.ts'
import { formatJson } from '#cli/output.ts'

export { doJob } from '#cli/do-job.ts'
export type { Door } from '#cli/door.ts'
export { requireDone } from '#cli/exit-code.ts'

export interface CommandResult {
  /** The one document of `--json`. */
  json: unknown
  /** What people read. */
  text: string
  /** 0 done, 1 failed, 3 refused/BLOCKED/unhealthy/drift, 4 not found. */
  exit?: 0 | 1 | 3 | 4
}

export type CommandOptions = Record<string, string | boolean | undefined>

export interface CommandSpec {
  /** `take <target>`: the verb and its arguments. */
  usage: string
  about: string
  /** [flags, about, fallback]: `['--tables <list>', 'only these tables']`. */
  options?: readonly (readonly [flags: string, about: string, fallback?: string])[]
  run(door: Door, args: string[], options: CommandOptions): Promise<CommandResult>
}

export interface GlobalOptions {
  json: boolean
  as?: string | undefined
}

/** Adds a command that acts on the control database. `--json` and `--as` are known to every command. */
export function addCommand(parent: Command, spec: CommandSpec): void {
  addPlainCommand(parent, {
    ...spec,
    run: (globals, args, options) => withDoor(globals, (door) => spec.run(door, args, options)),
  })
}

/** Adds a command that opens what it needs itself, because it must work where no control database does. */
export function addPlainCommand(
  parent: Command,
  spec: Omit<CommandSpec, 'run'> & {
    run(globals: GlobalOptions, args: string[], options: CommandOptions): Promise<CommandResult | null>
  },
): void {
  const command = parent.command(spec.usage).description(spec.about)
  for (const [flags, about, fallback] of spec.options ?? []) command.option(flags, about, fallback)
  command.action(async (...given: unknown[]) => {
    // Commander passes the declared arguments, then the options, then the command.
    const args = given
      .slice(0, -2)
      .flat()
      .filter((part) => part !== undefined) as string[]
    const globals: GlobalOptions = command.optsWithGlobals()
    const result = await spec.run({ json: globals.json === true, as: globals.as }, args, command.opts())
    if (!result) return
    await write(process.stdout, globals.json ? formatJson(result.json) : result.text)
    process.exitCode = result.exit ?? 0
  })
}

/** Prints a failure in the form that was asked for and returns the exit code. */
export async function reportFailure(thrown: unknown, json: boolean): Promise<number> {
  const error = asAppError(thrown)
  const { code, message, hint } = error
  if (json) await write(process.stdout, formatJson({ error: { code, message, hint } }))
  else await write(process.stderr, `${message}${hint ? `\nHINT: ${hint}` : ''}`)
  return exitCodeOf(error)
}

const write = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve) => {
    if (text === '') return resolve()
    stream.write(text.endsWith('\n') ? text : `${text}\n`, () => resolve())
  })
