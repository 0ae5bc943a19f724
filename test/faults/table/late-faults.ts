/** What upstreams do in the middle of a streamed answer, when the client has its status and a part of the text. */
import type { ErrorCode } from '#model'
import type { Deadlines } from '#providers'
import type { Answer } from '../../tools/upstream/answers/answer.ts'
import type { Until } from './faults.ts'
import type { Way } from './ways.ts'

export interface LateFault {
  readonly what: string
  readonly answer: Answer
  /** Absent: the answer is complete. */
  readonly code?: (way: Way) => ErrorCode
  readonly says?: (way: Way) => string
  readonly deadlines?: Partial<Deadlines>
  readonly until?: Until
}

/** Eight pieces of text, of which some arrive before the sixth event in every protocol. */
const TEXT: Answer = {
  parts: [{ text: 'one two three four five six seven eight nine ten' }],
  pieces: 8,
}
const LATE = 6

const BROKEN = 'The upstream closed the stream before its answer was whole.'
const CLOSED = 'The upstream closed the connection before its answer was whole.'
const UNKNOWN = 'The upstream sent something that its protocol does not know.'

const isRelayed = ({ lane }: Way): boolean => lane === 'relay'

export const LATE_FAULTS: readonly LateFault[] = [
  {
    what: 'closes the connection',
    answer: { ...TEXT, fault: { cutAfterEvents: LATE } },
    code: () => 'upstream_broken',
    says: () => CLOSED,
  },
  {
    what: 'ends the stream before the answer ends',
    answer: { ...TEXT, fault: { endAfterEvents: LATE } },
    code: () => 'upstream_broken',
    says: () => BROKEN,
  },
  {
    what: 'sends an event that is not JSON, and ends',
    answer: { ...TEXT, fault: { garbleAfterEvents: LATE } },
    code: (way) => (isRelayed(way) ? 'upstream_broken' : 'upstream_invalid'),
    says: (way) => (isRelayed(way) ? BROKEN : UNKNOWN),
  },
  {
    what: 'falls silent',
    answer: { ...TEXT, fault: { stallAfterEvents: LATE } },
    code: () => 'upstream_timeout',
    says: () => 'The upstream fell silent in the middle of its answer.',
    deadlines: { idleMs: 1_000 },
    until: 'idleMs',
  },
  {
    what: 'is so slow that the answer takes too long',
    answer: { ...TEXT, paceMs: 400 },
    code: () => 'upstream_timeout',
    says: () => 'The answer was not whole in time.',
    deadlines: { wholeMs: 1_500 },
    until: 'wholeMs',
  },
  {
    what: 'is slow, but never silent for too long',
    answer: { ...TEXT, paceMs: 50 },
    deadlines: { idleMs: 5_000 },
  },
]

/** In the fields of every vendor. */
const usage = (input: unknown, output: unknown): Record<string, unknown> => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input,
  input_tokens: input,
  output_tokens: output,
  promptTokenCount: input,
  candidatesTokenCount: output,
  totalTokenCount: input,
})

export interface Lie {
  readonly what: string
  readonly rawUsage: Record<string, unknown>
}

/** What no upstream can have used. What could be true is believed. */
export const LIES: readonly Lie[] = [
  { what: 'negative numbers', rawUsage: usage(-5, -7) },
  { what: 'texts', rawUsage: usage('5', '7') },
  { what: 'more than any model can', rawUsage: usage(1e300, 1e300) },
  { what: 'nothing', rawUsage: {} },
  { what: 'null', rawUsage: usage(null, null) },
]

export const SAID = TEXT
