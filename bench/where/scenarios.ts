/** The calls whose time is looked into: measures of the bench, on one lane each. */
import type { LaneName } from '../subject.ts'

export type Scenario = {
  title: string
  measure: string
  lane: LaneName
  /** What one of them is. */
  unit: 'call' | 'token'
  digits: number
}

export const scenarios: Scenario[] = [
  { title: '2 KB relayed', measure: 'request-2kb', lane: 'chat', unit: 'call', digits: 1 },
  { title: '100 KB relayed', measure: 'request-100kb', lane: 'chat', unit: 'call', digits: 1 },
  {
    title: '100 KB translated',
    measure: 'request-100kb',
    lane: 'messages to chat',
    unit: 'call',
    digits: 1,
  },
  { title: 'paced, relayed', measure: 'paced', lane: 'chat', unit: 'token', digits: 2 },
  { title: 'burst, relayed', measure: 'burst-block', lane: 'chat', unit: 'token', digits: 3 },
  {
    title: 'burst, translated',
    measure: 'burst-block',
    lane: 'messages to chat',
    unit: 'token',
    digits: 3,
  },
]
