/**
 * Makes many mixed calls to a built Sluice: in every dialect, on every door, with upstreams that fail and clients that
 * leave. Between rounds nothing is in progress, and nothing may have grown: no memory, no descriptor, no timer. At the
 * end the ledger has the rows of these calls, and no others.
 *
 * `--calls=N` for another number of calls, `--seed=N` for others, `--self-test` plants a leak of each kind and fails
 * unless all of them are found. The complete form finds 100 bytes a call, in the heap and outside; 10,000 calls find 400.
 * Both find one descriptor, timer or connection in 1,000 calls.
 *
 * `--sessions=N` makes so many runs in sessions in place of calls, `--redis` with their events in Redis.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openConnections } from './ask.ts'
import { judgeLedger, readLedger } from './ledger.ts'
import { toLeakBytes } from './leaks.ts'
import { createLoad, type Load } from './load.ts'
import { toHead, toRow, toVerdict } from './report.ts'
import { measureRest, REST_TAG } from './rest.ts'
import { soakSessions } from './sessions/soak-sessions.ts'
import { type Stage, startStage } from './stage.ts'
import { judge, type Rest } from './verdict.ts'

const DEFAULT_SEED = '20261129'
const DEFAULT_CALLS = '200000'
const SHOWN = 15
const RUN_WITHIN_MS = 60 * 60_000
const ROUNDS = 20
/** Fewer calls say nothing about a slope. */
const LEAST_OF_A_ROUND = 1_000
/** Code is compiled and loaded until then: it grows by itself. */
const WARM_UP_CALLS = 3_000

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: DEFAULT_CALLS },
    seed: { type: 'string', default: process.env.SOAK_SEED ?? DEFAULT_SEED },
    'self-test': { type: 'boolean', default: false },
    sessions: { type: 'string' },
    redis: { type: 'boolean', default: false },
  },
})
const seed = Number(options.seed)
const calls = Number(options.calls)
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(calls) || calls < 3 * WARM_UP_CALLS)
  throw new TypeError(
    `--seed is a whole number, and so is --calls, which is at least ${3 * WARM_UP_CALLS}`,
  )

/** Of Node. Sluice itself says there how it is called. */
const COMPLAINT = /Warning|Error/

const isSelfTest = options['self-test']
/** Longer than a connection may take to close. Planted ones never do. */
const PATIENCE_MS = isSelfTest ? 1_000 : 12_000

const say = (line: string) => void process.stdout.write(`${line}\n`)

const stop = (line: string) => {
  say(line)
  process.exit(1)
}
setTimeout(() => stop(`no end within ${RUN_WITHIN_MS} ms`), RUN_WITHIN_MS).unref()
// Whatever runs is ended with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(signal))

/** @returns the rests after the warm-up, and what is wrong already. */
const soak = async (
  stage: Stage,
  load: Load,
  connections: ReturnType<typeof openConnections>,
): Promise<{ readonly rests: readonly Rest[]; readonly faults: readonly string[] }> => {
  const ofARound = Math.max(LEAST_OF_A_ROUND, Math.ceil(calls / ROUNDS))
  const rests: Rest[] = []
  const faults: string[] = []
  let restCalls = 0
  say(toHead())
  for (let made = 0; made < calls && stage.death() === undefined;) {
    const before = made
    made = Math.min(calls, made === 0 ? Math.max(WARM_UP_CALLS, ofARound) : made + ofARound)
    const startedAt = performance.now()
    await load.run(made)
    const seconds = (performance.now() - startedAt) / 1000
    if (stage.death() !== undefined) break
    const rested = await measureRest(stage, connections, made, PATIENCE_MS)
    restCalls += rested.calls
    load.expected.set(REST_TAG, restCalls)
    rests.push(rested.rest)
    faults.push(...rested.faults.map((fault) => `after ${made} calls: ${fault}`))
    say(toRow(rested.rest, (made - before) / seconds))
  }
  return { rests, faults }
}

const runOn = async (stage: Stage): Promise<{ faults: readonly string[]; grown: Set<string> }> => {
  const connections = openConnections(stage.url)
  const load = createLoad(stage, connections, seed)
  const { rests, faults: atRest } = await soak(stage, load, connections)
  const findings = judge(rests)
  say(`\n${findings.map(toVerdict).join('\n')}\n`)
  say([...load.kinds].map(([name, times]) => `${name} ${times}`).join(', '))

  const death = stage.death()
  if (death !== undefined) return { faults: [death], grown: new Set() }
  const { code, complaints } = await stage.end()
  const ledger = readLedger(join(stage.dataFolder, 'sluice.db'))
  const unsure = [...load.expected.values()].filter((rows) => rows === 'at most one').length
  say(
    `${ledger.all} rows in the ledger, ${stage.log.calls()} calls in the log; ${unsure} clients left so early that a row was optional`,
  )
  return {
    grown: new Set(findings.filter(({ grows }) => grows).map(({ measure }) => measure)),
    faults: [
      ...load.faults,
      ...atRest,
      ...judgeLedger(ledger, load.expected, stage.log.calls()),
      ...stage.log.faults(),
      ...(code === 0 ? [] : [`SIGTERM ended Sluice with ${code ?? 'SIGKILL'}`]),
      ...complaints.split('\n').filter((line) => COMPLAINT.test(line)),
    ],
  }
}

/** Where each planted leak has to show, at least. */
const EXPECTED_GROWTH = ['heap', 'outside', 'files', 'sockets', 'connections', 'timers', 'emitters']

const report = (wrong: readonly string[], startedAt: number): void => {
  for (const fault of wrong.slice(0, SHOWN)) say(`FAIL ${fault}`)
  if (wrong.length > SHOWN) say(`     and ${wrong.length - SHOWN} more`)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  say(`${wrong.length === 0 ? 'holds' : 'FAILS'} after ${seconds} s`)
  if (wrong.length > 0) process.exitCode = 1
}

const PLANTED_READERS = 'heap grows with the runs'

const startedAt = performance.now()
if (options.sessions !== undefined) {
  const runs = Number(options.sessions)
  say(
    `seed ${seed}, ${runs} runs in sessions${isSelfTest ? ', with readers that are not removed' : ''}`,
  )
  const faults = await soakSessions({ runs, seed, isSelfTest, usesRedis: options.redis, say })
  const isFound = faults.includes(PLANTED_READERS)
  report(isSelfTest ? (isFound ? [] : ['the planted leak was not found']) : faults, startedAt)
  process.exit()
}
say(`seed ${seed}, ${calls} calls${isSelfTest ? ', with planted leaks' : ''}`)
const stage = await startStage(isSelfTest ? toLeakBytes(calls) : 0)
try {
  const { faults, grown } = await runOn(stage)
  // Connections that were planted are open at every rest.
  const wrong = isSelfTest
    ? EXPECTED_GROWTH.filter((name) => !grown.has(name)).map(
        (name) => `${name}: the planted leak was not found`,
      )
    : [...faults, ...[...grown].map((measure) => `${measure} grows with the calls`)]
  report(wrong, startedAt)
} finally {
  await stage.close()
}
