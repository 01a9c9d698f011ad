'use client'

// Replaces the whole document when the root layout itself fails, so it brings no style of ours.
export default function GlobalError({ reset }: { error: Error; reset(): void }) {
  return (
    <html lang="en">
      <body>
        <h1>Holdfast could not be shown</h1>
        <p>Checks, backups and alerts go on in the worker. The server’s log says why.</p>
        <button type="button" onClick={reset}>
          Try again
        </button>
      </body>
    </html>
  )
}
