/** The load: plain clients in their own process that believe no answer before they have checked it. */
import { type Answer, type Callbacks, createHttpClient } from './http-client.ts'
import type { Client } from './open-client.ts'
import { createSocketClient } from './socket-client.ts'
import { answerCommands, nowMs } from './worker.ts'

/** One request, and what a right answer to it holds. */
export type Call = {
  port: number
  request: string
  /** Sent once the request has opened a WebSocket. */
  frame?: string
  /** How a token is known. */
  mark: string
  tokens: number
  /** A pattern of the last bytes. */
  end: string
}

export type Sorted = { p50: number; p99: number; count: number }

const MOST_FAILURES = 20
const GRACE_MS = 10_000

const toSorted = (values: number[]): Sorted => {
  const sorted = Float64Array.from(values).toSorted()
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), count: sorted.length }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const faultOf = (answer: Answer, { tokens, end }: Call): string | undefined => {
  if (answer.status !== 200) return `status ${answer.status}`
  if (answer.tokens !== tokens) return `${answer.tokens} tokens instead of ${tokens}`
  if (!new RegExp(end).test(answer.tail)) return `ended with ${JSON.stringify(answer.tail)}`
  return undefined
}

/** As many calls as `count`, over so many connections, each call as soon as the one before is done. */
const runClosedLoop = async (
  options: Call & { connections: number; count: number; maxMs: number },
) => {
  const { connections, count, maxMs } = options
  const request = Buffer.from(options.request)
  const failures: string[] = []
  const startedMs = nowMs()
  let started = 0
  let done = 0

  const runConnection = () =>
    new Promise<void>((resolve) => {
      let client: Client
      const leave = () => {
        client.close()
        clearTimeout(timer)
        resolve()
      }
      const fail = (fault: string) => {
        failures.push(fault)
        client.close()
        if (failures.length < MOST_FAILURES) open()
        else leave()
      }
      const next = () => {
        if (started >= count || nowMs() - startedMs > maxMs) return leave()
        started++
        client.send(request)
      }
      const open = () => {
        client = createHttpClient(options, {
          answer(answer) {
            const fault = faultOf(answer, options)
            if (fault) return fail(fault)
            done++
            next()
          },
          lost: fail,
        })
        next()
      }
      const timer = setTimeout(() => {
        failures.push('no answer')
        leave()
      }, maxMs + GRACE_MS)
      open()
    })

  await Promise.all(Array.from({ length: connections }, runConnection))
  return { done, failed: failures.length, fault: failures[0], ms: nowMs() - startedMs }
}

/** Calls at a fixed rate, whether or not the ones before are answered. */
const runOpenLoop = async (options: Call & { perSecond: number; seconds: number }) => {
  const { perSecond, seconds } = options
  const request = Buffer.from(options.request)
  const idle: { client: Client; sentMs: number }[] = []
  const all: Client[] = []
  const latencies: number[] = []
  const failures: string[] = []

  const open = () => {
    const connection = { sentMs: 0, client: undefined as unknown as Client }
    connection.client = createHttpClient(options, {
      answer(answer) {
        const fault = faultOf(answer, options)
        if (fault) failures.push(fault)
        else latencies.push(nowMs() - connection.sentMs)
        idle.push(connection)
      },
      lost: (reason) => void failures.push(reason),
    })
    all.push(connection.client)
    return connection
  }

  const startedMs = nowMs()
  for (let sent = 0; sent < perSecond * seconds;) {
    const due = Math.floor(((nowMs() - startedMs) / 1000) * perSecond)
    for (; sent <= due; sent++) {
      const connection = idle.pop() ?? open()
      connection.sentMs = nowMs()
      connection.client.send(request)
    }
    await sleep(1)
  }
  const sent = Math.floor(perSecond * seconds)
  for (let waited = 0; waited < GRACE_MS && latencies.length + failures.length < sent; waited += 10)
    await sleep(10)
  for (const client of all) client.close()
  const failed = failures.length + Math.max(0, sent - latencies.length - failures.length)
  return { latencyMs: toSorted(latencies), failed, fault: failures[0] ?? 'no answer' }
}

type OpenStream = { client: Client; stream: number; tokens: number; lastMs: number }

const streams: OpenStream[] = []
let ended: { good: number; faults: string[] } = { good: 0, faults: [] }
let gaps: number[] = []
let received = 0

/** Opens streams that stay open, at a rate that no listen queue minds. */
const openStreams = async (
  options: Call & { count: number; perSecond: number; read?: boolean },
) => {
  const { frame, count, perSecond, read = true } = options
  const request = Buffer.from(options.request)
  ended = { good: 0, faults: [] }
  gaps = []
  received = 0

  const open = () => {
    const stream: OpenStream = { client: undefined as never, stream: 0, tokens: 0, lastMs: 0 }
    const callbacks: Callbacks = {
      tokens(fresh, bytes) {
        if (stream.stream === 0)
          stream.stream = Number(/stream(\d+)#/.exec(bytes.toString('latin1'))?.[1] ?? 0)
        if (!read) stream.client.pause()
        const now = nowMs()
        for (let each = 0; each < fresh; each++) {
          if (stream.tokens > 0) gaps.push(each === 0 ? now - stream.lastMs : 0)
          stream.tokens++
        }
        received += fresh
        if (fresh > 0) stream.lastMs = now
      },
      answer(answer) {
        const fault = faultOf(answer, options)
        if (fault) ended.faults.push(fault)
        else ended.good++
      },
      lost: (reason) => void ended.faults.push(reason),
    }
    stream.client =
      frame === undefined
        ? createHttpClient(options, callbacks)
        : createSocketClient(options, frame, callbacks)
    stream.client.send(request)
    streams.push(stream)
  }

  const startedMs = nowMs()
  while (streams.length < count) {
    const due = Math.min(count, Math.ceil(((nowMs() - startedMs) / 1000) * perSecond))
    while (streams.length < due) open()
    await sleep(2)
  }
}

const commands = {
  runClosedLoop,
  runOpenLoop,
  openStreams,
  /** How the open streams stand: how many have begun, what came, what ended before its time. */
  streamState: () => ({
    begun: streams.filter(({ stream }) => stream > 0).length,
    received,
    ended: ended.good + ended.faults.length,
    fault: ended.faults[0],
  }),
  /** From here on gaps are counted; says how many tokens came before. */
  beginWindow() {
    gaps = []
    return received
  },
  /** Waits for all open streams to end, and judges them. */
  async awaitStreams({ maxMs }: { maxMs: number }) {
    const untilMs = nowMs() + maxMs
    const wanted = streams.length
    while (nowMs() < untilMs && ended.good + ended.faults.length < wanted) await sleep(10)
    const failed = wanted - ended.good
    return { failed, fault: ended.faults[0] ?? 'streams that did not end' }
  },
  /** How far the gaps between a stream's tokens were from the pace that the upstream kept. */
  jitterMs: ({ gapMs }: { gapMs: number }) => toSorted(gaps.map((gap) => Math.abs(gap - gapMs))),
  /** The clients leave in mid-stream, one after the other. */
  async abortStreams({ gapMs }: { gapMs: number }) {
    const aborted: { stream: number; atMs: number }[] = []
    for (const { client, stream } of streams.splice(0)) {
      aborted.push({ stream, atMs: nowMs() })
      client.close()
      await sleep(gapMs)
    }
    return aborted
  },
  closeStreams() {
    for (const { client } of streams.splice(0)) client.close()
  },
}

export type LoadCommands = typeof commands

answerCommands(commands)
