/** Stops answers, on every door, from everywhere and at any time: the upstream is left, and what came of the answer is kept. */
import { expect } from 'vitest'
import { GPT } from '../../app/asks.ts'
import { callsOf, type House, startHouse } from '../../app/house.ts'
import { within } from '../../app/within.ts'
import { createMember, JSON_DOORS, openDoor } from './door-client.ts'
import type { Answer, Upstream } from '../../upstream/start.ts'

const WORDS = 'one two three four five six seven eight nine ten'
const AT_ONCE = 8
const PATIENCE_MS = 30_000

const WHENS = ['before the first token', 'in the middle', 'while it waits'] as const
type When = (typeof WHENS)[number]

/** What the model is asked says how it answers. */
const NEVER = 'Say nothing.'
const STALL = 'Stop in the middle.'

interface Asker {
  ask(question: string): void
  /** Resolves when it is told that its answer was stopped. */
  readonly ended: Promise<void>
  /** Absent where it has no way to stop. */
  readonly stop?: (command: object) => void
  leave(): void
}

export interface StoppedDoor {
  readonly name: string
  /** Told where a message that waited was taken out of the queue. */
  readonly knowsQueue: boolean
  readonly stopsHere: boolean
  open(url: string, sessionId: string): Promise<Asker>
}

const JSON_ASKERS: readonly StoppedDoor[] = JSON_DOORS.map((door) => ({
  name: door.name,
  knowsQueue: door.hasBranches === true,
  stopsHere: true,
  async open(url, sessionId) {
    const member = createMember(url, door, sessionId)
    const client = await member.connect()
    const isDequeued = () => client.texts.some((text) => text.includes('"dequeued"'))
    const hasEnded = () =>
      isDequeued() || member.answers().some(({ status }) => status === 'cancelled')
    return {
      ask: (content) =>
        client.send({ type: 'message', content, model: GPT, on_disconnect: 'continue' }),
      ended: client.until('the end', hasEnded),
      stop: client.send,
      leave: client.cut,
    }
  },
}))

const PLAIN: StoppedDoor = {
  name: '/ws/chat',
  knowsQueue: false,
  stopsHere: false,
  async open(url, sessionId) {
    const client = await openDoor(url, `/ws/chat?session_id=${sessionId}`)
    return {
      ask: client.send,
      ended: client.until('the mark', () => client.texts.includes('<END_STREAM>')),
      leave: client.cut,
    }
  },
}

/** One that asks by HTTP, and is answered until its run has ended. */
const httpDoor = (path: string, isTold: (text: string) => boolean): StoppedDoor => ({
  name: `POST ${path}`,
  knowsQueue: true,
  stopsHere: false,
  async open(url, session_id) {
    const told = Promise.withResolvers<void>()
    const ask = async (message: string): Promise<void> => {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ message, session_id, model: GPT }),
      })
      const text = await response.text()
      if (!isTold(text)) throw new Error(`it is told ${text}`)
    }
    return {
      ask: (message) => void ask(message).then(told.resolve, told.reject),
      ended: told.promise,
      leave: () => undefined,
    }
  },
})

export const STOPPED_DOORS: readonly StoppedDoor[] = [
  ...JSON_ASKERS,
  PLAIN,
  httpDoor('/chat/stream', (text) => text.includes('"type":"cancelled"')),
  httpDoor('/api/chat', (text) => text.includes('"code":"cancelled"')),
]

interface Round {
  readonly sluice: House
  readonly upstream: Upstream
  readonly door: StoppedDoor
  readonly from: string
  readonly when: When
  readonly id: string
  /** Its stop is given without waiting for a sign of the run. */
  readonly isBlind: boolean
}

interface Message {
  readonly role: string
  readonly content: string
  readonly status: string
}

const callsAbout = (upstream: Upstream, id: string) =>
  callsOf(upstream).filter(({ rawBody }) => rawBody.includes(id))

const playRound = async ({ sluice, upstream, door, from, when, id, isBlind }: Round) => {
  const [canonical] = JSON_DOORS
  if (!canonical) throw new Error('there is one')
  const post = (path: string, body: object) => sluice.send(`/api/sessions/${id}${path}`, { body })
  const watcher = createMember(sluice.url, canonical, id)
  const tab = await watcher.connect()
  const asker = await door.open(sluice.url, id)
  const waits = when === 'while it waits'
  const hasText = () => (watcher.answers().at(-1)?.text ?? '') !== ''
  const shows = (type: string) => () => tab.texts.some((text) => text.includes(`"type":"${type}"`))

  if (waits) {
    await post('/messages', { content: `(${id} first) ${STALL}`, model: GPT })
    await tab.until('the run that it waits for', hasText)
  }
  const how = when === 'before the first token' ? NEVER : STALL
  asker.ask(`(${id} asked) ${how}`)
  if (when === 'in the middle') await tab.until('its beginning', hasText)
  else if (waits) await tab.until('its place', shows('queued'))
  else if (!isBlind) await tab.until('its run', shows('run_start'))

  const queued = tab.texts.find((text) => text.includes('"type":"queued"'))
  const named = queued === undefined ? {} : { run_id: JSON.parse(queued).message_id as string }
  if (from === 'here') asker.stop?.({ type: 'cancel', ...named })
  else if (from === 'another tab') tab.send({ type: 'cancel', ...named })
  else expect((await post('/cancel', named)).status).toBe(200)
  if (!waits || door.knowsQueue) await within(PATIENCE_MS, 'it is told', asker.ended)
  await tab.until('its end', shows(waits ? 'dequeued' : 'run_end'))

  const messages = async () =>
    (await sluice.send(`/api/sessions/${id}/messages`)).json['messages'] as readonly Message[]
  if (waits) {
    expect(callsAbout(upstream, `${id} asked`)).toEqual([])
    await post('/cancel', {})
  }
  const asked = callsAbout(upstream, id)
  await within(PATIENCE_MS, 'the upstream is left', Promise.all(asked.map(({ closed }) => closed)))
  expect(asked.every(({ closedEarly }) => closedEarly)).toBe(true)
  const [, answer, ...more] = await messages()
  expect(more).toEqual([])
  expect(answer?.status).toBe('cancelled')
  expect(WORDS.startsWith(answer?.content ?? '?')).toBe(true)
  expect(answer?.content !== '').toBe(when !== 'before the first token')

  const body = { message: `And now? (${id} next)`, session_id: id, model: GPT }
  expect((await sluice.send('/api/chat', { body })).json['response']).toBe(WORDS)
  const next = callsAbout(upstream, `${id} next`).map(({ rawBody }) => String(rawBody))
  expect(next).toHaveLength(1)
  const isTold = next[0]?.includes('was stopped before it was complete')
  if (answer?.content !== '') expect(isTold).toBe(true)
  expect(watcher.read().faults).toEqual([])
  asker.leave()
  tab.cut()
}

export interface Stops {
  readonly door: StoppedDoor
  readonly from: string
  readonly when: When
  readonly rounds: number
}

/** Each in a session of its own. */
export const playStops = async ({ rounds, ...stops }: Stops): Promise<void> => {
  const { sluice, upstream } = await startHouse({
    defaultModel: GPT,
    upstream: { reply: ({ lastUserText }) => answerTo(lastUserText) },
  })
  let left = rounds
  const play = async (): Promise<void> => {
    while (left > 0) {
      const number = left--
      // Whoever stops where it has asked need not wait for a sign of the run.
      const isBlind = stops.from === 'here' && number % 2 === 0
      const id = `stop-${number}`
      await playRound({ sluice, upstream, ...stops, id, isBlind })
      const others = upstream.calls.filter(({ rawBody }) => !rawBody.includes(`(${id} `))
      upstream.calls.splice(0, Infinity, ...others)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, play))
}

const answerTo = (question: string): Answer => {
  if (question.endsWith(NEVER)) return { fault: { neverAnswer: true } }
  const answer = { parts: [{ text: WORDS }], pieces: 10 }
  return question.endsWith(STALL) ? { ...answer, fault: { stallAfterEvents: 7 } } : answer
}

/** From where an answer on this door can be stopped. */
export const stopsOf = ({ stopsHere }: StoppedDoor): readonly Pick<Stops, 'from' | 'when'>[] =>
  [...(stopsHere ? ['here'] : []), 'another tab', 'REST'].flatMap((from) =>
    WHENS.map((when) => ({ from, when })),
  )
