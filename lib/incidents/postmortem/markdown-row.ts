/** One row of a Markdown table; the cells are escaped already. */
export const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`
