/**
 * Compares variants of one program: all of them run, and take turns that are short, since a machine is not equally fast
 * from one minute to the next.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../gateway.ts'
import { measures, RATES } from '../measures.ts'
import { cpuNsOf } from '../process-tree.ts'
import { insist, type Setting, toCall } from '../setting.ts'
import type { LaneName, Subject } from '../subject.ts'
import type { startWorkbench } from '../workbench.ts'

export type Workbench = Awaited<ReturnType<typeof startWorkbench>>

/** Answers that are not streamed, bursts of tokens, or streams at a steady pace. */
export type Kind = { turns: number } & (
  | { load: 'answers' }
  | { load: 'burst'; write: 'block' | 'frame' }
  | { load: 'paced' }
)

const WARM_UP_MS = 6000
/** After the turns of the others, caches are cold and V8 may tidy up. */
const RESUME_MS = 400
const TURN_MS = 1000
/** The rows of the last calls are written within this time. */
const REST_MS = 200

const ENDLESS = 1e9

type Running = { gateway: Gateway; setting: Setting; costs: number[] }

/** The CPU time of a call or token, in microseconds: a quarter of the turns cost less. */
export const compare = async (
  bench: Workbench,
  kind: Kind,
  laneName: LaneName,
  subjects: readonly Subject[],
  scale: number,
): Promise<number[]> => {
  const { load, upstream, upstreamPort, scratch } = bench
  const running: Running[] = []

  const take = kind.load === 'paced' ? takePaced : takeLoop(bench, kind, scale)
  try {
    for (const subject of subjects) {
      const lane = subject.lanes[laneName]!
      const folder = mkdtempSync(join(scratch, 'turns-'))
      const gateway = await startGateway(subject, folder, upstreamPort)
      const setting = { gateway, laneName, lane, load, upstream, upstreamPort, scale }
      running.push({ gateway, setting, costs: [] })
    }
    for (const { setting } of running) await take(setting, WARM_UP_MS)
    for (let turn = 0; turn < kind.turns; turn++)
      for (const { setting, costs } of turn % 2 === 0 ? running : running.toReversed())
        costs.push(await take(setting, TURN_MS))
  } finally {
    for (const { gateway } of running) await gateway.stop()
  }
  return running.map(({ costs }) => costs.toSorted((a, b) => a - b)[Math.floor(costs.length / 4)]!)
}

/** Takes one turn. @returns the CPU time of a call or token, in microseconds */
type TakeTurn = (setting: Setting, ms: number) => Promise<number>

const takePaced: TakeTurn = async (setting) => {
  const paced = measures.find(({ name }) => name === 'paced')!
  const { cpuUs } = await paced.run(setting)
  return cpuUs!
}

const takeLoop = (
  { load, upstream }: Workbench,
  kind: Exclude<Kind, { load: 'paced' }>,
  scale: number,
): TakeTurn => {
  const isBurst = kind.load === 'burst'
  const { burstTokens, burstConnections } = RATES
  const tokens = isBurst ? burstTokens : undefined
  const connections = isBurst ? burstConnections : RATES.connections

  const run = async (setting: Setting, ms: number): Promise<number> => {
    const loop = { connections, count: ENDLESS, maxMs: ms * scale }
    const result = await load.ask('runClosedLoop', { ...toCall(setting, 2, tokens), ...loop })
    insist(result)
    return result.done * (tokens ?? 1)
  }

  return async (setting, ms) => {
    await upstream.ask(
      'setMode',
      isBurst ? { kind: 'burst', tokens: burstTokens, write: kind.write } : { kind: 'answer' },
    )
    await run(setting, RESUME_MS)
    await sleep(REST_MS)
    const before = cpuNsOf(setting.gateway.pid)
    const done = await run(setting, ms)
    await sleep(REST_MS)
    return (cpuNsOf(setting.gateway.pid) - before) / 1000 / done
  }
}
