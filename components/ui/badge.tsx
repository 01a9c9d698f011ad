import { cva, type VariantProps } from 'class-variance-authority'
import type { ComponentProps } from 'react'
import { classNames } from '#components/ui/class-names.ts'

const variants = cva(
  'inline-flex items-center gap-1 rounded px-1.5 py-px text-xs font-medium whitespace-nowrap [&_svg]:size-3',
  {
    variants: {
      tone: {
        plain: 'bg-sunken text-ink-soft',
        accent: 'bg-accent-tint text-accent',
        good: 'bg-good-tint text-good',
        warn: 'bg-warn-tint text-warn',
        bad: 'bg-bad-tint text-bad',
        /** For EMERGENCY and its like only. */
        alarm: 'bg-bad-strong text-on-bad',
      },
    },
    defaultVariants: { tone: 'plain' },
  },
)

export type Tone = NonNullable<VariantProps<typeof variants>['tone']>

export function Badge({ tone, className, ...rest }: ComponentProps<'span'> & VariantProps<typeof variants>) {
  return <span className={classNames(variants({ tone }), className)} {...rest} />
}

const severityTones: Record<string, Tone> = {
  INFO: 'plain',
  WARNING: 'warn',
  CRITICAL: 'bad',
  EMERGENCY: 'alarm',
}

export function SeverityBadge({ severity }: { severity: string }) {
  return <Badge tone={severityTones[severity] ?? 'plain'}>{severity}</Badge>
}
