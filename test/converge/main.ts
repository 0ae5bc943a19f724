/**
 * Runs schedules of a session: readers on several doors that are dropped and frozen, commands, and processes that are
 * killed. At rest, every reader has the messages that the log has.
 *
 * `--schedules=N` for another number of them, `--seed=S` runs one of them and prints it (with `--schedules=N`, so many
 * times), `--self-test` plants faults in Sluice and fails unless each is found.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { startUpstream } from '../tools/upstream/start.ts'
import { openPlace, type Place } from './place.ts'
import { PLANTED } from './planted.ts'
import { perform } from './perform.ts'
import { judgeRest } from './rest.ts'
import { createSchedule, type Schedule, showSchedule } from './schedule.ts'
import { type Calls, createSession } from './session.ts'

const DEFAULT_SCHEDULES = 200
/** Enough to find each planted fault. */
const SELF_TEST_SCHEDULES = 60
const AT_ONCE = 4 * availableParallelism()
const FAULTS_AT_ONCE = 2
const SHOWN = 3
const RUN_WITHIN_MS = 60 * 60_000

const { values: options } = parseArgs({
  options: {
    schedules: { type: 'string' },
    seed: { type: 'string' },
    'self-test': { type: 'boolean', default: false },
  },
})
const only = options.seed === undefined ? undefined : Number(options.seed)
const isSelfTest = options['self-test']
const usual = isSelfTest ? SELF_TEST_SCHEDULES : DEFAULT_SCHEDULES
const schedules = Number(options.schedules ?? (only === undefined ? usual : 1))
if (!Number.isSafeInteger(schedules) || schedules < 1 || !Number.isSafeInteger(only ?? 0))
  throw new TypeError('--schedules and --seed are whole numbers')

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
}

/** One schedule of those that are run. */
interface Turn {
  readonly schedule: Schedule
  readonly number: number
  /** Enough is known. */
  readonly signal: AbortSignal
}

/** @returns what is wrong. */
const runOn = async (
  place: Place,
  { schedule, number, signal }: Turn,
): Promise<readonly string[]> => {
  const tag = `s${schedule.seed}r${number}x`
  const url = () => place.processes.map((each) => each.url()).find((each) => each !== undefined)
  const session = createSession(tag, tag, url, calls)
  await session.begin()
  const participants = await perform(schedule, session, place)
  try {
    return await judgeRest(session, participants, url, signal)
  } finally {
    for (const each of participants) each.close()
    const done = new Set(calls.all(tag))
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
  const place = await openPlace(upstream.url, fault)
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

const runAll = async (): Promise<readonly Failure[]> => {
  const failures: Failure[] = []
  const turns = createTurns(undefined, new AbortController().signal)
  const shared = await openPlace(upstream.url)
  try {
    await together(AT_ONCE, turns, async (turn) => {
      const { schedule } = turn
      const faults = await (schedule.kills ? runAlone(turn, undefined) : runOn(shared, turn))
      if (faults.length === 0) return
      const failure = { schedule, faults }
      if (failures.push(failure) <= SHOWN) show(failure)
    })
    for (const line of complaintsOf(shared)) fail(`a process complains: ${line}`)
  } finally {
    await shared.close()
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

const show = ({ schedule, faults }: Failure): void => {
  say(`FAIL ${showSchedule(schedule).join('\n')}`)
  for (const fault of faults) say(`  - ${fault}`)
  say(`  again: npm run converge -- --seed=${schedule.seed}`)
}

/** @returns the first failure. */
const findPlanted = async (fault: string, needsKill: boolean): Promise<Failure | undefined> => {
  const control = new AbortController()
  let found: Failure | undefined
  const shared = needsKill ? undefined : await openPlace(upstream.url, fault)
  try {
    await together(FAULTS_AT_ONCE, createTurns(needsKill, control.signal), async (turn) => {
      if (found) return
      const faults = await (shared ? runOn(shared, turn) : runAlone(turn, fault))
      if (faults.length === 0) return
      found ??= { schedule: turn.schedule, faults }
      control.abort()
    })
  } finally {
    await shared?.close()
  }
  return found
}

const testItself = async (): Promise<void> => {
  for (const [fault, { needsKill }] of Object.entries(PLANTED)) {
    const found = await findPlanted(fault, needsKill)
    if (found) say(`found ${fault}, by seed ${found.schedule.seed}: ${found.faults[0]}`)
    else fail(`not found: ${fault}`)
  }
}

const startedAt = performance.now()
try {
  if (isSelfTest) await testItself()
  else {
    if (only !== undefined) say(showSchedule(createSchedule(only)).join('\n'))
    const failures = await runAll()
    if (failures.length > 0) {
      say(`seeds that failed: ${failures.map(({ schedule }) => schedule.seed).join(', ')}`)
      process.exitCode = 1
    }
    say(`${schedules - failures.length} passed, ${failures.length} failed`)
  }
  say(`after ${Math.round((performance.now() - startedAt) / 1000)} s`)
} finally {
  await upstream.close()
}
