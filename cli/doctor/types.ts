export interface Check {
  name: string
  ok: boolean
  message: string
  /** What to do about it. */
  hint: string | null
}

export const good = (name: string, message: string): Check => ({ name, ok: true, message, hint: null })

export const bad = (name: string, message: string, hint: string | null = null): Check => ({
  name,
  ok: false,
  message,
  hint,
})
