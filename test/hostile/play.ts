/** Lets one attack loose beside the well-behaved caller, and judges what became of both. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../fuzz/random.ts'
import type { Attack } from './attack.ts'
import { openField } from './field.ts'
import type { Report } from './observer.ts'
import type { Peaks, Stage } from './stage.ts'

/** How long each kind of call takes without an attack. */
export type Usual = ReadonlyMap<string, number>

export interface Outcome {
  readonly attack: Attack
  /** Of the well-behaved caller. */
  readonly calls: number
  /** Over the usual time of its kind. */
  readonly worstDelayMs: number
  /** Less what was waited for a processor. */
  readonly servedDelayMs: number
  readonly delayedKind: string
  readonly healthMs: number
  readonly peaks: Peaks
  readonly faults: readonly string[]
  /** Nothing was wrong but that calls took long: a busy machine does that, too. */
  readonly onlyLate: boolean
}

export interface Rules {
  readonly seed: number
  /** By how much the time of each attack is stretched. */
  readonly stretch: number
  readonly budgetMb: number
}

const WARM_AFTER_MS = 1_500
const LATE_MS = 1_000
const EXIT_WITHIN_MS = 6_000
const ENDS_WITHIN_MS = 15_000
const SHOWN = 4
/** At most so often does a storm act in one second. */
const ACTS_PER_SECOND = 400

export const measureUsual = async (stage: Stage, seconds: number): Promise<Usual> => {
  await stage.ensure(undefined)
  await warmUp(stage)
  const { kinds, faults } = await observe(stage, () => sleep(seconds * 1_000))
  if (faults.length > 0) throw new Error(`without any attack: ${faults.slice(0, SHOWN).join('; ')}`)
  return new Map(Object.entries(kinds).map(([kind, { medianMs }]) => [kind, medianMs]))
}

/** The first calls load what later ones find. */
const warmUp = (stage: Stage) => observe(stage, () => sleep(WARM_AFTER_MS))

const observe = async (stage: Stage, meanwhile: () => Promise<unknown>): Promise<Report> => {
  stage.observer.watch(stage.url(), stage.pid())
  await meanwhile()
  return stage.observer.report()
}

export const playAttack = async (
  stage: Stage,
  attack: Attack,
  usual: Usual,
  { seed, stretch, budgetMb }: Rules,
): Promise<Outcome> => {
  const unstarted = await prepare(stage, attack)
  if (unstarted !== undefined) return { ...NOTHING, attack, faults: [unstarted] }
  stage.forgetPeaks()
  const seconds = attack.seconds * stretch
  const over = new AbortController()
  const faults = new Set<string>()
  const field = openField({
    url: stage.url(),
    upstream: stage.hostile,
    random: createRandom(seed, attack.name),
    signal: over.signal,
    fail: (what) => void faults.add(what),
    acts: ACTS_PER_SECOND * seconds,
  })

  const run = async () => {
    const running = attack.run(field).catch((error: unknown) => {
      if (!over.signal.aborted) faults.add(`the attack itself failed: ${String(error)}`)
    })
    await untilOver(stage, seconds)
    over.abort()
    if (attack.untilExit) return
    field.leave()
    stage.hostile.reset()
    await Promise.race([running, sleep(ENDS_WITHIN_MS, undefined, { ref: false })])
  }
  const report = await observe(stage, run)
  const peaks = stage.peaks()
  const death = stage.death()
  if (death === undefined && (attack.log ?? attack.untilExit)) judgeExit(await stage.end(), faults)
  field.leave()
  stage.hostile.reset()

  const [, worstDelayMs] = worstDelay(report, usual, 'worstMs')
  const [delayedKind, servedDelayMs] = worstDelay(report, usual, 'worstServedMs')
  if (death !== undefined) faults.add(death)
  for (const fault of report.faults.slice(0, SHOWN)) if (death === undefined) faults.add(fault)
  if (peaks.residentMb > budgetMb)
    faults.add(`${Math.round(peaks.residentMb)} MB are held, more than ${Math.round(budgetMb)}`)
  if (attack.staysReady && report.health.unready > 0)
    faults.add(`it said ${report.health.unready} times that it is not ready`)
  const isLate = servedDelayMs > LATE_MS && death === undefined
  const onlyLate = isLate && faults.size === 0
  if (isLate) faults.add(`${delayedKind} took ${Math.round(servedDelayMs)} ms longer than usual`)
  const calls = Object.values(report.kinds).reduce((sum, kind) => sum + kind.calls, 0)
  const healthMs = report.health.worstMs
  return {
    attack,
    calls,
    worstDelayMs,
    servedDelayMs,
    delayedKind,
    healthMs,
    peaks,
    faults: [...faults],
    onlyLate,
  }
}

const NOTHING = {
  calls: 0,
  worstDelayMs: 0,
  servedDelayMs: 0,
  delayedKind: '',
  healthMs: 0,
  peaks: { residentMb: 0, heapMb: 0, outsideMb: 0, stopMs: 0 },
  onlyLate: false,
} as const

/** @returns why it cannot be attacked. */
const prepare = async (stage: Stage, { log }: Attack): Promise<string | undefined> => {
  try {
    if (await stage.ensure(log)) await warmUp(stage)
    return undefined
  } catch (error) {
    return String(error).slice(0, 500)
  }
}

/** An attack that has killed need not go on. */
const untilOver = async (stage: Stage, seconds: number): Promise<void> => {
  const endsAt = performance.now() + seconds * 1_000
  while (performance.now() < endsAt && stage.death() === undefined) await sleep(50)
}

const judgeExit = (tookMs: number | undefined, faults: Set<string>): void => {
  if (tookMs === undefined) faults.add('SIGTERM did not end it')
  else if (tookMs > EXIT_WITHIN_MS) faults.add(`SIGTERM ended it after ${Math.round(tookMs)} ms`)
}

const worstDelay = (
  { kinds }: Report,
  usual: Usual,
  measure: 'worstMs' | 'worstServedMs',
): readonly [string, number] => {
  const delays = Object.entries(kinds).map(
    ([kind, report]) => [kind, Math.max(0, report[measure] - (usual.get(kind) ?? 0))] as const,
  )
  return delays.toSorted(([, one], [, other]) => other - one)[0] ?? ['', 0]
}
