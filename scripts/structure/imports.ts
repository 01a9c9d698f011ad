export interface Import {
  specifier: string
  typeOnly: boolean
}

const pattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[\w*{][^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/** What a module imports or passes on, statically or not. */
export const importsOf = (text: string): Import[] =>
  [...text.matchAll(pattern)].map(([, typeOnly, still, lazy]) => ({
    specifier: (still ?? lazy)!,
    typeOnly: typeOnly !== undefined,
  }))
