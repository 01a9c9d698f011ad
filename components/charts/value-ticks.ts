/** Round values to label on an axis that shows `low` to `high`: about `wanted` steps of 1, 2 or 5 times a power of ten. */
export function valueTicks(low: number, high: number, wanted = 4): number[] {
  const span = [high - low, Math.abs(high)].find((size) => size > 1e-9) ?? 1
  const power = 10 ** Math.floor(Math.log10(span / wanted))
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => span / each <= wanted)!
  const first = Math.floor(low / step)
  const last = Math.max(Math.ceil(high / step), first + 1)
  // Multiplied, not added up: 0.1 + 0.2 would be labelled as it is kept.
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  )
}
