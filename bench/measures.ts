/** What is measured: one row per measure, each a short run that yields named values or throws. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from './load.ts'
import { cpuUsOf, rssMbOf } from './process-tree.ts'
import { closeStreams, insist, openStreams, type Setting, toCall } from './setting.ts'
import { type LaneName, LANES } from './subject.ts'

export type Measure = {
  name: string
  lanes: LaneName[]
  /** Only these subjects; all when absent. */
  only?: string[]
  /** Also taken without any gateway, as what the others are compared with. */
  direct?: boolean
  /** Does not depend on the lane: taken on the first that a subject has, noted as the first of all. */
  once?: boolean
  /** Taken in the first round only. */
  seldom?: boolean
  /** Wants a process that has done nothing yet. */
  fresh?: boolean
  run(setting: Setting): Promise<Record<string, number>>
}

export const RATES = {
  connections: 32,
  latencyPerSecond: 200,
  pacedStreams: 100,
  pacedPerSecond: 50,
  burstConnections: 4,
  burstTokens: 2048,
  slowStreams: 1000,
  socketStreams: 1000,
  cancelledStreams: 100,
  stalledReaders: 500,
}

/** Ends a run over a fast gateway early: more calls would not make its value better. */
const MOST_CALLS = 40_000

const ALL = (Object.keys(LANES) as LaneName[]).filter((lane) => !LANES[lane].socket)
const LONG = ALL.filter((lane) => !LANES[lane].short)
const SHORTENED = 0.5
/** A gateway in JavaScript costs nearly twice as much while V8 is still compiling it. */
export const WARM_UP_MS = 6000

type Loop = { connections: number; warmUpMs: number; maxMs: number }

/** CPU of one call after another, over few connections, once the code is warm. */
const cpuOfCalls = async (setting: Setting, call: Call, loop: Loop) => {
  const { load, gateway, scale, watch } = setting
  const { connections, warmUpMs, maxMs } = loop
  const run = (ms: number) =>
    load.ask('runClosedLoop', { ...call, connections, count: MOST_CALLS, maxMs: ms * scale })
  insist(await run(warmUpMs))
  await watch?.begin()
  const before = cpuUsOf(gateway.pid)
  const result = await run(maxMs)
  const cpuUs = cpuUsOf(gateway.pid) - before
  await watch?.end()
  insist(result)
  return cpuUs / result.done
}

const cpuOfRequest = (sizeKb: number, warmUpMs: number, lanes: LaneName[]): Measure => ({
  name: `request-${sizeKb}kb`,
  lanes,
  async run(setting) {
    await setting.upstream.ask('setMode', { kind: 'answer' })
    const loop = { connections: RATES.connections, warmUpMs, maxMs: 2000 }
    return { cpuUs: await cpuOfCalls(setting, toCall(setting, sizeKb), loop) }
  },
})

const cpuOfBurst = (write: 'block' | 'frame'): Measure => ({
  name: `burst-${write}`,
  lanes: ALL,
  async run(setting) {
    const { burstTokens: tokens, burstConnections: connections } = RATES
    await setting.upstream.ask('setMode', { kind: 'burst', tokens, write })
    const loop = { connections, warmUpMs: WARM_UP_MS / 4, maxMs: 1200 }
    const perStreamUs = await cpuOfCalls(setting, toCall(setting, 2, tokens), loop)
    return { cpuUs: perStreamUs / tokens }
  },
})

const start: Measure = {
  name: 'start',
  lanes: ALL,
  once: true,
  fresh: true,
  run: async ({ gateway }) => ({ startMs: gateway.startMs }),
}

const memory: Measure = {
  name: 'memory',
  lanes: ['chat', 'messages to chat'],
  fresh: true,
  async run(setting) {
    const { gateway, load, upstream, scale } = setting
    const { slowStreams: count } = RATES
    await upstream.ask('setMode', { kind: 'answer' })
    const first = { ...toCall(setting, 2), connections: 1, count: 1, maxMs: 5000 }
    insist(await load.ask('runClosedLoop', first))
    await sleep(1000)
    const idleMb = rssMbOf(gateway.pid)
    await upstream.ask('setMode', { kind: 'paced', tokens: 60, perSecond: 1 })
    await openStreams(setting, toCall(setting, 2, 60), count)
    await sleep(3000 * scale)
    const { ended, fault } = await load.ask('streamState')
    insist({ failed: ended, fault })
    const openMb = rssMbOf(gateway.pid)
    return { idleMb, openMb, perStreamKb: ((openMb - idleMb) * 1024) / count }
  },
}

const paced: Measure = {
  name: 'paced',
  lanes: ALL,
  direct: true,
  async run(setting) {
    const { gateway, load, upstream, scale, watch } = setting
    const { pacedStreams, pacedPerSecond: perSecond } = RATES
    const windowMs = 3000 * scale
    const tokens = Math.ceil(((windowMs + 2500) / 1000) * perSecond)
    await upstream.ask('setMode', { kind: 'paced', tokens, perSecond })
    await openStreams(setting, toCall(setting, 2, tokens), pacedStreams)
    await sleep(1000)
    await watch?.begin()
    const tokensBefore = await load.ask('beginWindow')
    const cpuBefore = cpuUsOf(gateway.pid)
    await sleep(windowMs)
    const cpuUs = cpuUsOf(gateway.pid) - cpuBefore
    const { received } = await load.ask('streamState')
    await watch?.end()
    const jitter = await load.ask('jitterMs', { gapMs: 1000 / perSecond })
    insist(await load.ask('awaitStreams', { maxMs: 5000 }))
    const jitters = { jitterP50Ms: jitter.p50, jitterP99Ms: jitter.p99 }
    return gateway.pid ? { cpuUs: cpuUs / (received - tokensBefore), ...jitters } : jitters
  },
}

/** As many streams as in `memory`, each on a WebSocket of its own or on a connection, until all have ended. */
const sockets: Measure = {
  name: 'sockets',
  lanes: ['chat', 'chat over WebSocket'],
  only: ['Sluice'],
  seldom: true,
  fresh: true,
  async run(setting) {
    const { gateway, load, upstream, scale } = setting
    const { socketStreams: count } = RATES
    await upstream.ask('setMode', { kind: 'paced', tokens: 50, perSecond: 50 })
    await openStreams(setting, toCall(setting, 2, 50), 1)
    insist(await load.ask('awaitStreams', { maxMs: 5000 }))
    await closeStreams(setting)
    await sleep(1000)
    const idleMb = rssMbOf(gateway.pid)
    await upstream.ask('setMode', { kind: 'paced', tokens: 40, perSecond: 2 })
    await openStreams(setting, toCall(setting, 2, 40), count)
    await sleep(1000)
    const tokensBefore = await load.ask('beginWindow')
    const cpuBefore = cpuUsOf(gateway.pid)
    await sleep(5000 * scale)
    const cpuUs = cpuUsOf(gateway.pid) - cpuBefore
    const { received } = await load.ask('streamState')
    const perStreamKb = ((rssMbOf(gateway.pid) - idleMb) * 1024) / count
    const { failed } = await load.ask('awaitStreams', { maxMs: 40_000 })
    return { cpuUs: cpuUs / (received - tokensBefore), perStreamKb, whole: count - failed }
  },
}

const latency: Measure = {
  name: 'latency',
  lanes: ['chat', 'messages to chat', 'chat to messages'],
  direct: true,
  async run(setting) {
    const { load, upstream, scale } = setting
    await upstream.ask('setMode', { kind: 'answer' })
    const call = { ...toCall(setting, 2), perSecond: RATES.latencyPerSecond }
    const warmUp = { connections: RATES.connections, count: 5000, maxMs: 1000 * scale }
    insist(await load.ask('runClosedLoop', { ...call, ...warmUp }))
    const result = await load.ask('runOpenLoop', { ...call, seconds: 3 * scale })
    insist(result)
    return { p50Ms: result.latencyMs.p50, p99Ms: result.latencyMs.p99 }
  },
}

/** From the client's leaving in mid-stream to the end of the upstream's socket, seen by the upstream. */
const cancel: Measure = {
  name: 'cancel',
  lanes: ['chat', 'messages to chat', 'chat to messages'],
  async run(setting) {
    const { load, upstream, scale } = setting
    const count = Math.ceil(RATES.cancelledStreams * scale)
    await upstream.ask('setMode', { kind: 'paced', tokens: 1000, perSecond: 50 })
    await openStreams(setting, toCall(setting, 2, 1000), count)
    const aborted = await load.ask('abortStreams', { gapMs: 10 })
    const streams = aborted.map(({ stream }) => stream)
    const closed = await upstream.ask('closedAt', { streams, waitMs: 2000 })
    if (closed.length < count)
      throw new Error(`${count - closed.length} of ${count} ran on for 2 s`)
    const abortedAt = new Map(aborted.map(({ stream, atMs }) => [stream, atMs]))
    const tookMs = closed.map(({ stream, atMs }) => atMs - abortedAt.get(stream)!)
    tookMs.sort((a, b) => a - b)
    const at = (share: number) => tookMs[Math.floor((tookMs.length - 1) * share)]!
    return { p50Ms: at(0.5), p99Ms: at(0.99) }
  },
}

const STALLED_TOKENS = 128 * 1000

/** Memory above idle while so many clients read nothing of an answer that is sent as fast as it goes. */
const stalled: Measure = {
  name: 'stalled',
  lanes: ['chat', 'messages to chat', 'chat to messages'],
  only: ['nginx', 'Sluice'],
  fresh: true,
  async run(setting) {
    const { gateway, upstream } = setting
    const { stalledReaders: count } = RATES
    // Code is loaded and compiled on first use, and no reader holds it: idle is who has served before.
    await upstream.ask('setMode', { kind: 'answer' })
    await cpuOfCalls(setting, toCall(setting, 2), { connections: 8, warmUpMs: 300, maxMs: 700 })
    await sleep(1000)
    const idleMb = rssMbOf(gateway.pid)
    await upstream.ask('setMode', { kind: 'burst', tokens: STALLED_TOKENS, write: 'block' })
    await openStreams(setting, toCall(setting, 2, STALLED_TOKENS), count, false)
    let sent = await upstream.ask('sentTokens')
    for (let tries = 0; tries < 20; tries++) {
      await sleep(500)
      const before = sent
      sent = await upstream.ask('sentTokens')
      if (sent === before) return { aboveIdleMb: rssMbOf(gateway.pid) - idleMb }
    }
    throw new Error('the upstream was never held back')
  },
}

/** In the order in which they are taken; `cancel` leaves streams behind on a gateway that ignores it. */
const inOrder: Measure[] = [
  start,
  memory,
  cpuOfRequest(2, WARM_UP_MS, ALL),
  cpuOfRequest(100, WARM_UP_MS / 2, LONG),
  latency,
  paced,
  cpuOfBurst('block'),
  cpuOfBurst('frame'),
  sockets,
  cancel,
  stalled,
]

/** Whatever became of a measure, no stream of its load outlives it. Short lanes have half the time. */
export const measures: Measure[] = inOrder.map((measure) => ({
  ...measure,
  run(setting) {
    const scale = setting.scale * (LANES[setting.laneName].short ? SHORTENED : 1)
    return measure.run({ ...setting, scale }).finally(() => closeStreams(setting))
  },
}))
