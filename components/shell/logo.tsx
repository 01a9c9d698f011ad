/** The mark: an H whose bar holds. */
export const Logo = ({ className }: { className?: string }) => (
  <svg aria-hidden="true" viewBox="0 0 32 32" className={className}>
    <rect width="32" height="32" rx="7" fill="#0f5f6b" />
    <path d="M8 7h5v7h6V7h5v18h-5v-7h-6v7H8z" fill="#fff" />
    <path d="M13 14h6v4h-6z" fill="#7fe3d4" />
  </svg>
)
