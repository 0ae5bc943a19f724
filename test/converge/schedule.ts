/** What happens in a session, and when: the same seed gives the same schedule. */
import { createRandom, type Random } from '../fuzz/random.ts'
import { ASKING_DOORS } from './asker.ts'
import { DOORS } from './doors.ts'
import { PLAIN } from './plain-reader.ts'

export interface Schedule {
  /** `r7` where several processes share the session. */
  readonly seed: string
  /** The name of each reader's door, and when it comes. */
  readonly readers: readonly {
    readonly door: string
    readonly from: '0.0' | undefined
    readonly at: number
  }[]
  readonly steps: readonly Step[]
  /** Whether a process is killed: then others cannot share it. */
  readonly kills: boolean
}

/** In milliseconds from the beginning. */
export type Step = { readonly at: number } & Action

/** A reader of this place in the list gives the command. Where it cannot, or where none is named, it is sent by REST. */
interface By {
  readonly reader: number | undefined
}

type Action =
  | ({
      readonly do: 'send'
      readonly text: Text
      readonly busy: Busy
      /** It is sent once more after so long, by REST or by this reader. */
      readonly again: ({ readonly after: number } & By) | undefined
    } & By)
  | {
      readonly do: 'ask'
      readonly door: string
      readonly text: Text
      readonly busy: Busy
      readonly drops: readonly number[]
    }
  | ({ readonly do: 'edit'; readonly text: Text; readonly pick: number; readonly busy: Busy } & By)
  | ({ readonly do: 'regenerate'; readonly pick: number; readonly busy: Busy } & By)
  | ({ readonly do: 'choose' | 'continue' | 'dequeue'; readonly pick: number } & By)
  | ({ readonly do: 'cancel' } & By)
  | { readonly do: 'clear' }
  | { readonly do: 'drop'; readonly reader: number; readonly bytes: number; readonly back: number }
  | { readonly do: 'break off'; readonly reader: number; readonly back: number }
  | { readonly do: 'freeze'; readonly reader: number; readonly ms: number }
  | Disturbance

/** It concerns everybody in its place. */
type Disturbance =
  | { readonly do: 'kill'; readonly process: number }
  | { readonly do: 'freeze process'; readonly process: number; readonly ms: number }
  | { readonly do: 'stop redis'; readonly ms: number }
  | { readonly do: 'flush redis' }

type Busy = 'queue' | 'reject' | 'interrupt'

/** How the model answers. */
export interface Text {
  readonly pieces: number
  readonly paceMs: number
  /** The upstream breaks off after so many events. */
  readonly cut: number | undefined
}

const READING = [...DOORS.map(({ name }) => name), PLAIN]

const LASTS_MS = 1_400

/** Of one process. */
export const createSchedule = (seed: number): Schedule => {
  const random = createRandom('converge', seed)
  const kills = random.chance(0.4)
  const deaths = Array.from(
    { length: kills ? 1 + random.below(2) : 0 },
    () => ({ at: 200 + random.below(LASTS_MS), do: 'kill', process: 0 }) as const,
  )
  return { seed: String(seed), kills, ...compose(random, LASTS_MS, deaths) }
}

const SHARED_LASTS_MS = 3_000
const GONE_MS = 2_500
/** Longer than a process keeps what it owns. */
const FROZEN_MS = 12_000

/** Of several processes. What disturbs one session disturbs all in its place. */
export const createSharedSchedule = (seed: number): Schedule => {
  const random = createRandom('converge replicas', seed)
  const count = random.chance(0.6) ? 1 : 0
  const steps = Array.from({ length: count }, () => ({
    at: 300 + random.below(SHARED_LASTS_MS),
    ...disturb(random),
  }))
  return { seed: `r${seed}`, kills: count > 0, ...compose(random, SHARED_LASTS_MS, steps) }
}

const disturb = (random: Random): Disturbance => {
  const kind = random.below(100)
  const process = random.below(2)
  if (kind < 50) return { do: 'kill', process }
  if (kind < 72) return { do: 'stop redis', ms: random.below(GONE_MS) }
  if (kind < 92) return { do: 'flush redis' }
  return { do: 'freeze process', process, ms: FROZEN_MS }
}

const compose = (
  random: Random,
  lastsMs: number,
  more: readonly Step[],
): Pick<Schedule, 'readers' | 'steps'> => {
  const count = 2 + random.below(4)
  const times = Array.from({ length: 8 + random.below(18) }, () => random.below(lastsMs))
  const steps: Step[] = [
    { at: random.below(50), ...send(random, count) },
    ...times.map((at) => ({ at, ...act(random, count) })),
    ...more,
  ]
  const readers = Array.from({ length: count }, () => ({
    door: random.pick(READING),
    from: '0.0' as const,
    at: random.chance(0.7) ? 0 : random.below(lastsMs),
  }))
  return { readers, steps: steps.toSorted((one, other) => one.at - other.at) }
}

const by = (random: Random, readers: number): By => ({
  reader: random.chance(0.6) ? random.below(readers) : undefined,
})

const toText = (random: Random): Text => ({
  ...(random.chance(0.15)
    ? { pieces: 400, paceMs: 10 }
    : { pieces: 1 + random.below(60), paceMs: 1 + random.below(12) }),
  cut: random.chance(0.06) ? 1 + random.below(12) : undefined,
})

const busy = (random: Random): Busy =>
  random.pick(['queue', 'queue', 'queue', 'interrupt', 'reject'])

const send = (random: Random, readers: number): Action => ({
  do: 'send',
  text: toText(random),
  busy: busy(random),
  again: random.chance(0.4) ? { after: random.below(120), ...by(random, readers) } : undefined,
  ...by(random, readers),
})

const ask = (random: Random): Action => ({
  do: 'ask',
  door: random.pick(ASKING_DOORS),
  text: toText(random),
  busy: busy(random),
  drops: Array.from({ length: random.below(4) }, () => random.below(MOST_BYTES)),
})

const BACK_MS = 250
const FREEZE_MS = 400
const MOST_BYTES = 1_500
const MANY = 1_000

const act = (random: Random, readers: number): Action => {
  const pick = random.below(MANY)
  const reader = random.below(readers)
  const back = random.below(BACK_MS)
  const kind = random.below(100)
  if (kind < 20) return send(random, readers)
  if (kind < 28) return ask(random)
  if (kind < 36)
    return { do: 'edit', text: toText(random), pick, busy: busy(random), ...by(random, readers) }
  if (kind < 43) return { do: 'regenerate', pick, busy: busy(random), ...by(random, readers) }
  if (kind < 48) return { do: 'choose', pick, ...by(random, readers) }
  if (kind < 51) return { do: 'continue', pick, ...by(random, readers) }
  if (kind < 53) return { do: 'dequeue', pick, ...by(random, readers) }
  if (kind < 66) return { do: 'cancel', ...by(random, readers) }
  if (kind < 67) return { do: 'clear' }
  if (kind < 88)
    return { do: 'drop', reader, bytes: random.chance(0.3) ? 0 : random.below(MOST_BYTES), back }
  if (kind < 91) return { do: 'break off', reader, back }
  return { do: 'freeze', reader, ms: random.below(FREEZE_MS) }
}

export const showSchedule = ({ seed, readers, steps }: Schedule): readonly string[] => [
  `seed ${seed}`,
  ...readers.map(
    ({ door, from, at }, index) =>
      `  ${at} ms: reader ${index} comes to ${door}, from ${from ?? 'now on'}`,
  ),
  ...steps.map(({ at, do: action, ...more }) => `  ${at} ms: ${action} ${JSON.stringify(more)}`),
]

const DISTURBANCES: ReadonlySet<Step['do']> = new Set([
  'kill',
  'freeze process',
  'stop redis',
  'flush redis',
])

/** What others in the place have to bear. */
export const showDisturbances = ({ seed, steps }: Schedule): readonly string[] =>
  steps
    .filter((step) => DISTURBANCES.has(step.do))
    .map(({ at, do: action, ...more }) => `  (${seed}) ${at} ms: ${action} ${JSON.stringify(more)}`)

/** The same without requests that ask and read their own answer, and without messages that are repeated by a reader. */
export const onlyFollowing = (schedule: Schedule): Schedule => ({
  ...schedule,
  steps: schedule.steps.flatMap((step) => {
    if (step.do === 'ask') return []
    if (step.do !== 'send' || !step.again) return [step]
    return [{ ...step, again: { ...step.again, reader: undefined } }]
  }),
})
