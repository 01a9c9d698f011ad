import NextAuth from 'next-auth'
import { authOptions } from '#app/_web/auth-options.ts'

const answer = (request: Request, context: unknown): Promise<Response> =>
  NextAuth(authOptions())(request, context) as Promise<Response>

export { answer as GET, answer as POST }
