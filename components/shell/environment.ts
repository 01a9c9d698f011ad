/** The colour of an environment, the same wherever it is named. */
export const environmentFill = (environment: string | undefined): string =>
  environment === 'production'
    ? 'bg-production'
    : environment === 'staging'
      ? 'bg-staging'
      : environment === 'development'
        ? 'bg-development'
        : 'bg-line-strong'
