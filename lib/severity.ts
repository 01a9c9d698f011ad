/** How bad something is, from least to worst. */
export const severities = ['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY'] as const
export type Severity = (typeof severities)[number]

export const isWorse = (a: Severity, b: Severity): boolean => severities.indexOf(a) > severities.indexOf(b)
