import { requireUser } from '#app/_web/session.ts'

export default async function OverviewPage() {
  const user = await requireUser()
  return <p>{user.email}</p>
}
