/** A table as `schema.name`, the schema quieter, because in most databases it is always the same one. */
export function TableNameText({ name }: { name: string }) {
  const dot = name.indexOf('.')
  return (
    <span className="font-mono text-xs whitespace-nowrap">
      <span className="text-ink-faint">{name.slice(0, dot + 1)}</span>
      {name.slice(dot + 1)}
    </span>
  )
}
