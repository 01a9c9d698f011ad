/** Who did it, as people read it: `ada@example.com`, `root@host`, `Holdfast` for what it did by itself, `ci (token)`. */
export function formatActorName(actor: string): string {
  if (actor.startsWith('worker:')) return 'Holdfast'
  if (actor.startsWith('token:')) return `${actor.slice('token:'.length)} (token)`
  return actor.replace(/^(user|operator):/, '')
}
