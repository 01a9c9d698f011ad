/** Ends the session in the database and goes to the sign-in page. */
export async function signOut(): Promise<void> {
  try {
    const answer = await fetch('/api/auth/csrf')
    const { csrfToken } = (await answer.json()) as { csrfToken: string }
    await fetch('/api/auth/signout', {
      method: 'POST',
      body: new URLSearchParams({ csrfToken, json: 'true' }),
    })
  } finally {
    window.location.assign('/sign-in')
  }
}
