/** The three doors, each with something in progress. */
import type { AppOptions } from '#app'
import { chatBody, responsesBody } from '../../app/asks.ts'
import { callsOf, type House, sluiceForTest, startHouse } from '../../app/house.ts'
import { openaiAt } from '../../app/start-sluice.ts'
import { eventually } from '../../app/within.ts'
import { startRealtime } from './start-realtime.ts'

interface DoorHouse {
  readonly sluice: House
  /** Resolves once the upstream has begun what the door's frame asked for. */
  underWay(): Promise<void>
  /** What an upstream was sent in frames or bodies, as text. */
  asked(): string[]
  openUpstreams(): number
}

export interface DoorCase {
  readonly path: string
  /** Asks for an answer that begins and does not end. */
  readonly frame: string
  start(options?: Partial<AppOptions>): Promise<DoorHouse>
}

const HALFWAY = { parts: [{ text: 'one two three four' }], pieces: 4 }
const STALLED = { ...HALFWAY, fault: { stallAfterEvents: 7 } }

/** Nothing that is in progress here ends by itself. */
const DRAIN_MS = 50

const startCalls = async (options: Partial<AppOptions> = {}): Promise<DoorHouse> => {
  const { sluice, upstream } = await startHouse({
    upstream: { reply: () => STALLED },
    drainMs: DRAIN_MS,
    ...options,
  })
  return {
    sluice,
    underWay: () =>
      eventually(
        'the upstream has begun',
        () => callsOf(upstream).some(({ bytesWritten }) => bytesWritten > 0),
        30_000,
      ),
    asked: () => callsOf(upstream).map(({ rawBody }) => rawBody.toString()),
    openUpstreams: upstream.openSockets,
  }
}

const startConversations = async (options: Partial<AppOptions> = {}): Promise<DoorHouse> => {
  const upstream = await startRealtime()
  const sluice = await sluiceForTest({
    providers: [openaiAt(upstream.url)],
    drainMs: DRAIN_MS,
    ...options,
  })
  return {
    sluice,
    underWay: () =>
      eventually('the upstream has opened', () => upstream.sockets.length > 0, 30_000),
    asked: () => upstream.received.map(([data]) => data.toString()),
    openUpstreams: upstream.openSockets,
  }
}

/** Those whose frames are calls. */
export const CALL_DOORS: readonly DoorCase[] = [
  { path: '/ws', frame: JSON.stringify(chatBody()), start: startCalls },
  { path: '/v1/responses', frame: JSON.stringify(responsesBody()), start: startCalls },
]

export const REALTIME: DoorCase = {
  path: '/v1/realtime?model=gpt-realtime',
  frame: '{"type":"response.create"}',
  start: startConversations,
}

export const DOORS: readonly DoorCase[] = [...CALL_DOORS, REALTIME]
