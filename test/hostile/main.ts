/**
 * Attacks a running Sluice with a heap of 512 MB beside a well-behaved caller: the process lives, its memory stays in
 * its budget, and the well-behaved caller's calls end complete within a second of their usual time.
 *
 * `--long` gives every attack five times as long, `--only=name,name` plays some of them, `--seed=N` varies them,
 * `--source` starts Sluice without a build.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { DEFAULTS } from '../../src/config/defaults.ts'
import { ATTACKS } from './attacks/index.ts'
import { measureUsual, type Outcome, playAttack, type Rules, type Usual } from './play.ts'
import { toTable, toUsualLines } from './report.ts'
import { HEAP_MB, type Stage, startStage } from './stage.ts'

const DEFAULT_SEED = '20261129'
const LONG = 5
const USUAL_SECONDS = 5
const SHOWN = 8
const MB = 1024 * 1024
/** Code, stacks, the tokenizer's thread, buffers of sockets, and what the allocator keeps. */
const BASELINE_MB = 256
const BUDGET_MB = HEAP_MB + DEFAULTS.limits.inFlightBytes / MB + BASELINE_MB
const RUN_WITHIN_MS = 30 * 60_000

const { values: options } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: process.env.HOSTILE_SEED ?? DEFAULT_SEED },
    source: { type: 'boolean', default: false },
  },
})
const only = options.only?.split(',')
const chosen = ATTACKS.filter(({ name }) => only?.includes(name) ?? true)
const seed = Number(options.seed)
if (!Number.isSafeInteger(seed) || chosen.length === 0)
  throw new TypeError(
    `--seed is a whole number, --only names some of these: ${ATTACKS.map(({ name }) => name).join(', ')}`,
  )

const say = (line: string) => void process.stdout.write(`${line}\n`)
const load = () => `load ${loadavg()[0]?.toFixed(1)}`

const tell = ({ attack, faults, worstDelayMs, servedDelayMs, peaks }: Outcome) => {
  const told = `${Math.round(worstDelayMs)} ms late, ${Math.round(servedDelayMs)} without waits for a CPU, ${Math.round(peaks.residentMb)} MB, ${load()}`
  say(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${attack.name}: ${attack.does} (${told})`)
  for (const fault of faults.slice(0, SHOWN)) say(`     ${fault}`)
  if (faults.length > SHOWN) say(`     and ${faults.length - SHOWN} more`)
}

const playAll = async (stage: Stage, usual: Usual, rules: Rules): Promise<Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const attack of chosen) {
    let outcome = await playAttack(stage, attack, usual, rules)
    if (outcome.onlyLate) {
      await stage.end()
      say(`     ${attack.name} once more: ${outcome.faults.join('; ')} (${load()})`)
      outcome = await playAttack(stage, attack, usual, rules)
    }
    outcomes.push(outcome)
    tell(outcome)
    // What it left behind was not caused by another attack.
    if (outcome.faults.length > 0) await stage.end()
  }
  return outcomes
}

const stop = (line: string) => {
  say(line)
  process.exit(1)
}
setTimeout(() => stop(`no end within ${RUN_WITHIN_MS} ms`), RUN_WITHIN_MS).unref()
// Whatever runs is ended with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(signal))

say(`seed ${seed}, ${load()}`)
const stage = await startStage(options.source)
try {
  const usual = await measureUsual(stage, USUAL_SECONDS)
  say(`usual times:\n${toUsualLines(usual)}`)
  say(
    `budget: ${BUDGET_MB} MB resident (heap ${HEAP_MB}, account ${DEFAULTS.limits.inFlightBytes / MB}, baseline ${BASELINE_MB})`,
  )
  const outcomes = await playAll(stage, usual, {
    seed,
    stretch: options.long ? LONG : 1,
    budgetMb: BUDGET_MB,
  })
  const failed = outcomes.filter(({ faults }) => faults.length > 0).length
  say(`\n${toTable(outcomes)}\n\n${outcomes.length - failed} held, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
} finally {
  await stage.close()
}
