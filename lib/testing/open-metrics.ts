export interface MetricSample {
  name: string
  labels: Record<string, string>
  value: number
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s
const labelPart = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y
const escapes: Record<string, string> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' }

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  labelPart.lastIndex = 0
  while (labelPart.lastIndex < text.length) {
    const part = labelPart.exec(text)
    if (!part) throw new Error(`labels are not as OpenMetrics has them: ${text}`)
    if (part[1]! in labels) throw new Error(`a label stands twice: ${text}`)
    labels[part[1]!] = part[2]!.replace(/\\[\\"n]/g, (each) => escapes[each]!)
  }
  return labels
}

/**
 * Reads OpenMetrics text by the rules of its specification that apply to gauges, and throws at the first that is broken: one
 * `# EOF` as the last line, TYPE and HELP once and before the samples, samples of a family together, a unit that is the
 * name's ending, escaped labels, no series twice.
 */
export function readOpenMetrics(text: string): MetricSample[] {
  if (!text.endsWith('\n# EOF\n')) throw new Error('the text does not end with # EOF and one newline')
  const lines = text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const seen = new Set<string>()
  const samples: MetricSample[] = []
  let family: string | null = null
  for (const line of lines) {
    const [, keyword, name, rest] = /^# (TYPE|HELP|UNIT) (\S+) (.*)$/s.exec(line) ?? []
    if (keyword && name) {
      if (!metricName.test(name)) throw new Error(`not a name: ${name}`)
      if (samples.some((sample) => sample.name === name))
        throw new Error(`${keyword} after the samples: ${line}`)
      if (keyword === 'TYPE' && types.has(name)) throw new Error(`two types: ${line}`)
      if (keyword === 'HELP' && helped.has(name)) throw new Error(`two helps: ${line}`)
      if (keyword === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(`a unit not in the name: ${line}`)
      if (keyword === 'TYPE') types.set(name, rest!)
      if (keyword === 'HELP') helped.add(name)
      family = name
      continue
    }
    const [, sampleName, labelText, valueText] = sampleLine.exec(line) ?? []
    if (!sampleName) throw new Error(`neither a sample nor a comment: ${line}`)
    if (sampleName !== family) throw new Error(`not with its family: ${line}`)
    if (types.get(sampleName) !== 'gauge') throw new Error(`no gauge: ${line}`)
    const labels = readLabels(labelText ?? '')
    const series = `${sampleName}${JSON.stringify(Object.entries(labels).sort())}`
    if (seen.has(series)) throw new Error(`a series stands twice: ${line}`)
    seen.add(series)
    const value = Number(valueText)
    if (Number.isNaN(value)) throw new Error(`not a number: ${line}`)
    samples.push({ name: sampleName, labels, value })
  }
  return samples
}
