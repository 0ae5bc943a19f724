/** Many calls to an alias whose first target fails in one way all the time, and whose second one works. */
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Deadlines } from '#providers'
import {
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import type { House } from '../../tools/app/house.ts'
import { startThree } from '../../tools/gateway/three-upstreams.ts'
import type { Answer, ProtocolName, Reply } from '../../tools/upstream/answers/answer.ts'

interface Storm {
  readonly what: string
  /** Absent: nobody answers at its address. */
  readonly answer?: Answer
  /** It costs calls their deadlines, so it has to last for long. */
  readonly isSilent?: boolean
}

/** How long a healthy answer takes, streamed or not. */
const HEALTHY_MS = 300

/** The first event of a stream is there before the rest. */
const FIRST_EVENT_MS = 60
const PIECES = 5

const WELL: Answer = { parts: [{ text: 'one two three four five' }], delayMs: HEALTHY_MS }

/** The events of this answer after the first one, by the protocol of the upstream. */
const EVENTS: Readonly<Partial<Record<ProtocolName, number>>> = { chat: 7, responses: 13 }

const answerWell: Reply = ({ protocol, body }) =>
  body.stream === true
    ? {
        ...WELL,
        delayMs: FIRST_EVENT_MS,
        pieces: PIECES,
        paceMs: (HEALTHY_MS - FIRST_EVENT_MS) / (EVENTS[protocol] ?? 1),
      }
    : WELL

const COMMENTS: Answer = {
  fault: { rawBytes: Array.from({ length: 100_000 }, () => Buffer.from(': \n\n')) },
  paceMs: 50,
}

const STORMS: readonly Storm[] = [
  { what: 'refuses connections' },
  { what: 'resets connections', answer: { fault: { resetBeforeAnswer: true } } },
  { what: 'closes them after its head', answer: { fault: { cutAfterEvents: 0 } } },
  {
    what: '429 with `retry-after: 60`',
    answer: { fault: { status: 429, headers: { 'retry-after': '60' } } },
  },
  { what: '429 without', answer: { fault: { status: 429 } } },
  { what: '500', answer: { fault: { status: 500 } } },
  { what: '503', answer: { fault: { status: 503 } } },
  { what: '529', answer: { fault: { status: 529 } } },
  { what: '502 with an HTML page', answer: { fault: { html: 502 } } },
  { what: '200 with an HTML page', answer: { fault: { html: 200 } } },
  { what: 'says nothing', answer: { fault: { neverAnswer: true } }, isSilent: true },
  { what: 'sends comments, and no answer', answer: COMMENTS, isSilent: true },
]

/** With these, what a silent target costs is bounded by the deadlines. */
export const QUICK_DEADLINES: Pick<Deadlines, 'firstEventMs' | 'firstByteMs'> = {
  firstEventMs: HEALTHY_MS / 3,
  firstByteMs: HEALTHY_MS * 1.5,
}

/** Calls a second. */
const RATE = 10
const STORM_MS = 10_000
const SILENCE_RATE = 20
const SILENCE_MS = 30_000

interface Weathered {
  readonly calls: number
  readonly failed: readonly string[]
  /** How long each call took, the quickest first. */
  readonly tookMs: readonly number[]
}

const ASKS = [
  [CHAT, chatBody, /\[DONE\]\n\n$/],
  [MESSAGES, messagesBody, /"type":"message_stop"\}\n\n$/],
  [RESPONSES, responsesBody, /^event: response\.completed$/m],
] as const

/** Undefined: the answer is complete. */
const faultOf = async (sluice: House, at: number, agent: Agent): Promise<string | undefined> => {
  const [path, toBody, end] = ASKS[at % ASKS.length] ?? ASKS[0]
  // Two of three calls are streamed, in every dialect.
  const stream = Math.floor(at / ASKS.length) % 3 > 0
  const body = toBody('hello', { model: 'best', stream })
  const { status, text, json, broken } = await sluice.send(path, { body, agent })
  const isComplete = stream ? end.test(text) : 'id' in json && !json.error
  return status === 200 && !broken && isComplete ? undefined : `${path} ${status} ${text}`
}

/** Calls arrive at a steady rate, whatever becomes of those before them. */
const callSteadily = async (sluice: House, rate: number, ms: number): Promise<Weathered> => {
  const agent = new Agent({ keepAlive: true })
  const tookMs: number[] = []
  const failed: string[] = []
  const ask = async (at: number): Promise<void> => {
    const startedAt = performance.now()
    const fault = await faultOf(sluice, at, agent)
    tookMs.push(performance.now() - startedAt)
    if (fault !== undefined) failed.push(fault)
  }
  const calls: Promise<void>[] = []
  const beganAt = performance.now()
  for (let at = 0; at < (rate * ms) / 1000; at++) {
    const dueMs = beganAt + (at * 1000) / rate - performance.now()
    if (dueMs > 0) await sleep(dueMs)
    calls.push(ask(at))
  }
  await Promise.all(calls)
  agent.destroy()
  return { calls: calls.length, failed, tookMs: tookMs.toSorted((a, b) => a - b) }
}

const NOBODY = 'http://127.0.0.1:1'

const start = async (
  answer: Answer | undefined,
  deadlines: Partial<Deadlines>,
  firstUrl?: string,
) => {
  const three = await startThree({
    ...(firstUrl !== undefined && { firstUrl }),
    deadlines,
    alias: { targets: ['first/gpt-4o', 'second/gpt-4o'] },
  })
  three.second.answers(answerWell)
  three.first.answers(answer ? () => answer : answerWell)
  return three
}

const weather = async (storm: Storm): Promise<Weathered> => {
  const { answer, isSilent = false } = storm
  const { sluice } = await start(
    answer,
    isSilent ? QUICK_DEADLINES : {},
    answer ? undefined : NOBODY,
  )
  return isSilent
    ? callSteadily(sluice, SILENCE_RATE, SILENCE_MS)
    : callSteadily(sluice, RATE, STORM_MS)
}

/** The same calls for as long, while all targets work. */
const callHealthy = async (isSilent: boolean): Promise<Weathered> => {
  const { sluice } = await start(undefined, {})
  return callSteadily(sluice, RATE, isSilent ? SILENCE_MS : STORM_MS)
}

export interface Figures {
  readonly storm: Storm
  readonly calls: number
  readonly failed: readonly string[]
  /** How many times the healthy time 99 % of the calls took at most. */
  readonly times: number
}

/** A machine that is busy with something else delays healthy calls as well. */
const STEADY = 1.25
const MOST_RUNS = 2

/** Storms that are compared with healthy calls at the same time. */
const weatherTogether = async (storms: readonly Storm[]): Promise<readonly Figures[]> => {
  for (let run = 1; ; run++) {
    const [healthy, ...weathered] = await Promise.all([
      callHealthy(storms.some(({ isSilent }) => isSilent)),
      ...storms.map(weather),
    ])
    const usualMs = within(healthy, 0.5)
    const slowestMs = within(healthy, 0.99)
    const isSteady = slowestMs <= STEADY * usualMs
    if (!isSteady && run < MOST_RUNS) continue
    // If it never is, slow calls are compared with slow calls.
    const healthyMs = isSteady ? usualMs : slowestMs
    return storms.flatMap((storm, at): Figures[] => {
      const found = weathered[at]
      if (!found) return []
      const { calls, failed } = found
      return [{ storm, calls, failed, times: within(found, 0.99) / healthyMs }]
    })
  }
}

/** All storms at once would be a test of this machine. */
const AT_ONCE = 4

const weatherInTurn = async (storms: readonly Storm[]): Promise<readonly Figures[]> => {
  const found: Figures[] = []
  for (let at = 0; at < storms.length; at += AT_ONCE)
    found.push(...(await weatherTogether(storms.slice(at, at + AT_ONCE))))
  return found
}

export const weatherAll = async (): Promise<readonly Figures[]> => {
  const [loud, silent] = await Promise.all([
    weatherInTurn(STORMS.filter(({ isSilent }) => !isSilent)),
    weatherTogether(STORMS.filter(({ isSilent }) => isSilent)),
  ])
  return [...loud, ...silent]
}

/** The time within which this part of the calls is answered. */
const within = ({ tookMs }: Weathered, part: number): number =>
  tookMs[Math.ceil(tookMs.length * part) - 1] ?? 0
