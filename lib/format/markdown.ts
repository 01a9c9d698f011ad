/** Text for a Markdown paragraph or table cell: names of tables and error texts must not become markup or HTML. */
export const escapeMarkdown = (text: string): string =>
  text.replace(/([\\`*_{}[\]<>#|!])/g, '\\$1').replaceAll(/\r?\n/g, ' ')

/** A fenced code block whose fence is longer than any run of backticks inside. */
export function fenceCode(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length))
  const ticks = '`'.repeat(longest + 1)
  return `${ticks}${language}\n${text.trimEnd()}\n${ticks}`
}
