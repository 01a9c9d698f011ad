import { expect, it } from 'vitest'
import { makePulse } from '#worker/pulse.ts'

it('a worker lives while all its parts go round, and is stuck as soon as one stands still', () => {
  let now = 0
  const pulse = makePulse({ schedules: 60, sending: 100 }, () => now)
  now = 50
  pulse.mark('schedules')
  now = 99
  expect(pulse.stuck()).toEqual([])
  now = 101
  expect(pulse.stuck()).toEqual(['sending'])
  now = 111
  expect(pulse.stuck()).toEqual(['schedules', 'sending'])
  pulse.mark('schedules')
  pulse.mark('sending')
  pulse.mark('anything else')
  expect(pulse.stuck()).toEqual([])
})
