/**
 * Runs schedules of a session: readers on several doors that are dropped and frozen, commands, and processes that are
 * killed. At rest, every reader has the messages that the log has. In some of them two processes share the sessions,
 * with a Redis that is stopped and flushed.
 *
 * `--schedules=N` and `--shared=N` for another number of those with one process and with two, `--seed=S` (`r7` for two
 * processes) runs one of them and prints it (with `--schedules=N`, so many times), `--self-test` plants faults in Sluice
 * and fails unless each is found (`--fault=NAME`: that one). `--only-following` leaves out requests that ask and read their
 * own answer, and messages that a reader repeats.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { startUpstream } from '../tools/upstream/start.ts'
import { type PostgresServer, startPostgres } from '../tools/servers/postgres.ts'
import { createUrls, openPlace, type Place } from './place.ts'
import { PLANTED, type Shows } from './planted.ts'
import type { Participant } from './participant.ts'
import { perform } from './perform.ts'
import { judgeRest } from './rest.ts'
import {
  createSchedule as createAny,
  createSharedSchedule as createAnyShared,
  type Schedule,
  onlyFollowing,
  showDisturbances,
  showSchedule,
} from './schedule.ts'
import { type Calls, createSession, type Session } from './session.ts'

const DEFAULT_SCHEDULES = 150
const DEFAULT_SHARED = 50
/** Enough to find each planted fault. */
const SELF_TEST_SCHEDULES = 60
const AT_ONCE = 4 * availableParallelism()
const FAULTS_AT_ONCE = 2
/** So many sessions are in a place of several processes at the same time. */
const SESSIONS_OF_A_PLACE = 5
const SHARED_PLACES_AT_ONCE = 2
const SHOWN = 3
const RUN_WITHIN_MS = 60 * 60_000

const { values: options } = parseArgs({
  options: {
    schedules: { type: 'string' },
    shared: { type: 'string' },
    seed: { type: 'string' },
    'self-test': { type: 'boolean', default: false },
    fault: { type: 'string' },
    'only-following': { type: 'boolean', default: false },
  },
})
const isSelfTest = options['self-test']
const usual = isSelfTest ? SELF_TEST_SCHEDULES : DEFAULT_SCHEDULES
const { kind, seed } = /^(?<kind>r?)(?<seed>\d+)$/.exec(options.seed ?? '')?.groups ?? {}
const only = seed === undefined ? undefined : Number(seed)
const schedules = Number(options.schedules ?? (only === undefined ? usual : 1))
const shared = Number(options.shared ?? (isSelfTest ? SELF_TEST_SCHEDULES : DEFAULT_SHARED))
const areNumbers = [schedules, shared].every((count) => Number.isSafeInteger(count) && count >= 0)
if (!areNumbers || (options.seed !== undefined && only === undefined))
  throw new TypeError('--schedules and --shared are whole numbers, --seed is one or begins with r')

const toUsed = (schedule: Schedule): Schedule =>
  options['only-following'] ? onlyFollowing(schedule) : schedule
const createSchedule = (number: number) => toUsed(createAny(number))
const createSharedSchedule = (number: number) => toUsed(createAnyShared(number))

const say = (line: string) => void process.stdout.write(`${line}\n`)

const stop = (line: string) => {
  say(line)
  process.exit(1)
}
setTimeout(() => stop(`no end within ${RUN_WITHIN_MS} ms`), RUN_WITHIN_MS).unref()
// Whatever runs is ended with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(signal))

const closed = new WeakSet<object>()
const upstream = await startUpstream({ onClosed: (call) => void closed.add(call) })

const calls: Calls = {
  all: (tag) => upstream.calls.filter(({ rawBody }) => rawBody.includes(tag)),
  open: (tag) => calls.all(tag).filter((call) => !closed.has(call)),
}

interface Failure {
  readonly schedule: Schedule
  readonly faults: readonly string[]
  /** Others in its place, which may have disturbed it. */
  readonly beside?: readonly Schedule[]
}

/** One schedule of those that are run. */
interface Turn {
  readonly schedule: Schedule
  readonly number: number
  /** Enough is known. */
  readonly signal: AbortSignal
}

const sessionOf = (place: Place, { schedule, number }: Turn): Session => {
  const tag = `s${schedule.seed}n${number}x`
  return createSession({ id: tag, tag, url: createUrls(place), calls, isCalm: place.isCalm })
}

const judge = (
  { processes }: Place,
  session: Session,
  participants: readonly Participant[],
  signal: AbortSignal,
): Promise<readonly string[]> =>
  judgeRest(
    session,
    participants,
    processes.map(({ url }) => url),
    signal,
  )

/** @returns what is wrong. */
const runOn = async (
  place: Place,
  turn: Turn,
  session = sessionOf(place, turn),
): Promise<readonly string[]> => {
  await session.begin()
  const participants = await perform(turn.schedule, session, place)
  try {
    return await judge(place, session, participants, turn.signal)
  } finally {
    for (const each of participants) each.close()
    const done = new Set(calls.all(session.tag))
    upstream.calls.splice(0, Infinity, ...upstream.calls.filter((call) => !done.has(call)))
  }
}

/** Of the log of a process: nothing of what happens here is a fault of Sluice's own. */
const COMPLAINT = /"level":(?:"error"|"fatal"|50|60)|Warning|Error:/

const complaintsOf = (place: Place): readonly string[] =>
  place
    .complaints()
    .split('\n')
    .filter((line) => COMPLAINT.test(line))
    .slice(0, SHOWN)

const runAlone = async (turn: Turn, fault: string | undefined) => {
  const place = await openPlace({ url: upstream.url, fault })
  try {
    return [...(await runOn(place, turn)), ...complaintsOf(place)]
  } finally {
    await place.close()
  }
}

/** @param kills whether processes are killed in the schedules that are run; undefined: in some. */
const createTurns = (kills: boolean | undefined, signal: AbortSignal): readonly Turn[] => {
  const turns: Turn[] = []
  for (let number = 1; turns.length < schedules; number++) {
    const schedule = createSchedule(only ?? number)
    if (kills === undefined || schedule.kills === kills) turns.push({ schedule, number, signal })
  }
  return turns
}

/** Those of each place. @param passes which of them are run */
const createSharedTurns = (
  count: number,
  passes: (schedule: Schedule) => boolean = () => true,
): readonly (readonly Turn[])[] => {
  const { signal } = new AbortController()
  const turns: Turn[] = []
  for (let number = 1; turns.length < count; number++) {
    const schedule = createSharedSchedule(only ?? number)
    if (passes(schedule)) turns.push({ schedule, number, signal })
  }
  // One that is run by itself is disturbed by nobody.
  const together = only === undefined ? SESSIONS_OF_A_PLACE : 1
  return Array.from({ length: Math.ceil(count / together) }, (_, at) =>
    turns.slice(at * together, (at + 1) * together),
  )
}

const runAll = async (): Promise<readonly Failure[]> => {
  const failures: Failure[] = []
  const turns = createTurns(undefined, new AbortController().signal)
  const common = await openPlace({ url: upstream.url })
  try {
    await together(AT_ONCE, turns, async (turn) => {
      const { schedule } = turn
      const faults = await (schedule.kills ? runAlone(turn, undefined) : runOn(common, turn))
      if (faults.length === 0) return
      const failure = { schedule, faults }
      if (failures.push(failure) <= SHOWN) show(failure)
    })
    for (const line of complaintsOf(common)) fail(`a process complains: ${line}`)
  } finally {
    await common.close()
  }
  return failures
}

/** @returns those that failed in a place that several processes share. */
const runInPlace = async (
  postgres: PostgresServer,
  turns: readonly Turn[],
  fault?: string,
): Promise<readonly Failure[]> => {
  const place = await openPlace({ url: upstream.url, postgres, fault })
  try {
    const sessions = turns.map((turn) => sessionOf(place, turn))
    const first = await Promise.all(turns.map((turn, at) => runOn(place, turn, sessions[at])))
    // What is stored is the same: nobody has any of it in memory.
    await Promise.all(place.processes.map((each) => each.restart()))
    const found = await Promise.all(
      turns.map(async (turn, at) => {
        const { schedule, signal } = turn
        const session = sessions[at] ?? sessionOf(place, turn)
        const faults = first[at] ?? []
        const again = faults.length > 0 ? [] : await judge(place, session, [], signal)
        return {
          schedule,
          faults: [...faults, ...again.map((each) => `after a restart: ${each}`)],
          beside: turns.filter((each) => each !== turn).map((each) => each.schedule),
        }
      }),
    )
    if (fault === undefined)
      for (const line of complaintsOf(place)) fail(`a process complains: ${line}`)
    return found.filter(({ faults }) => faults.length > 0)
  } finally {
    await place.close()
  }
}

const runShared = async (count: number): Promise<readonly Failure[]> => {
  if (count === 0) return []
  const failures: Failure[] = []
  const postgres = await startPostgres()
  const places = createSharedTurns(count)
  try {
    await together(SHARED_PLACES_AT_ONCE, places, async (turns) => {
      for (const failure of await runInPlace(postgres, turns))
        if (failures.push(failure) <= SHOWN) show(failure)
    })
  } finally {
    await postgres.close()
  }
  return failures
}

const together = async <Item>(
  atOnce: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const left = items.toReversed()
  const workOn = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, workOn))
}

const fail = (what: string): void => {
  say(`FAIL ${what}`)
  process.exitCode = 1
}

const show = ({ schedule, faults, beside = [] }: Failure): void => {
  say(`FAIL ${showSchedule(schedule).join('\n')}`)
  for (const line of beside.flatMap(showDisturbances)) say(line)
  for (const fault of faults) say(`  - ${fault}`)
  say(`  again: npm run converge -- --seed=${schedule.seed}`)
}

/** @returns the first failure. */
const findPlanted = async (
  fault: string,
  shows: 'always' | 'killed',
): Promise<Failure | undefined> => {
  const control = new AbortController()
  let found: Failure | undefined
  const common = shows === 'killed' ? undefined : await openPlace({ url: upstream.url, fault })
  const turns = createTurns(shows === 'killed', control.signal)
  try {
    await together(FAULTS_AT_ONCE, turns, async (turn) => {
      if (found) return
      const faults = await (common ? runOn(common, turn) : runAlone(turn, fault))
      if (faults.length === 0) return
      found ??= { schedule: turn.schedule, faults }
      control.abort()
    })
  } finally {
    await common?.close()
  }
  return found
}

const isFrozen = ({ steps }: Schedule): boolean =>
  steps.some(({ do: action }) => action === 'freeze process')

const findShared = async (
  postgres: PostgresServer,
  fault: string,
  passes?: (schedule: Schedule) => boolean,
): Promise<Failure | undefined> => {
  for (const turns of createSharedTurns(shared, passes)) {
    const [found] = await runInPlace(postgres, turns, fault)
    if (found) return found
  }
  return undefined
}

const find = (
  postgres: PostgresServer,
  fault: string,
  shows: Shows,
): Promise<Failure | undefined> => {
  if (shows === 'shared') return findShared(postgres, fault)
  if (shows === 'frozen') return findShared(postgres, fault, isFrozen)
  return findPlanted(fault, shows)
}

const testItself = async (): Promise<void> => {
  const postgres = await startPostgres()
  try {
    for (const [fault, { shows }] of Object.entries(PLANTED)) {
      if ((options.fault ?? fault) !== fault) continue
      const found = await find(postgres, fault, shows)
      if (found) say(`found ${fault}, by seed ${found.schedule.seed}: ${found.faults[0]}`)
      else fail(`not found: ${fault}`)
    }
  } finally {
    await postgres.close()
  }
}

/** @returns how many have failed. */
const runSchedules = async (): Promise<number> => {
  const isShared = kind === 'r'
  if (only !== undefined) {
    const schedule = isShared ? createSharedSchedule(only) : createSchedule(only)
    say(showSchedule(schedule).join('\n'))
  }
  const alone = isShared ? [] : await runAll()
  const others = await runShared(isShared ? schedules : only === undefined ? shared : 0)
  const failures = [...alone, ...others]
  if (failures.length > 0) {
    say(`seeds that failed: ${failures.map(({ schedule }) => schedule.seed).join(', ')}`)
    process.exitCode = 1
  }
  return failures.length
}

const startedAt = performance.now()
try {
  if (isSelfTest) await testItself()
  else {
    const failed = await runSchedules()
    const count = schedules + (only === undefined ? shared : 0)
    say(`${count - failed} passed, ${failed} failed`)
  }
  say(`after ${Math.round((performance.now() - startedAt) / 1000)} s`)
} finally {
  await upstream.close()
}
