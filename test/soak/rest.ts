/** What is left when nothing is in progress: measured from inside and from outside, and asked of Sluice itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connections } from './ask.ts'
import { KEYS, signToken, STREAMS } from './callers.ts'
import { bearer } from './calls/call.ts'
import { BODY_BYTES } from './configuration.ts'
import { lookAt, sizesIn } from './process-state.ts'
import type { Stage } from './stage.ts'
import type { Rest } from './verdict.ts'

/** The tag of the calls that a rest makes. */
export const REST_TAG = 'rest'

export interface Rested {
  readonly rest: Rest
  readonly faults: readonly string[]
  /** The calls that it made itself. */
  readonly calls: number
}

const CHAT = '/v1/chat/completions'
/** The one on which it was asked whether Sluice is ready: the client keeps it for a while. */
const OWN_CONNECTIONS = 1
const LOOKS_EVERY_MS = 250

const toHeaders = (key: string) => ({ ...bearer(key), 'x-sluice-tags': REST_TAG })

/**
 * It is remembered where the encrypted thoughts of other callers were made. That stays, and makes no room for this one: some
 * 2 bytes a call.
 */
const toRememberedBytes = (calls: number): number => 32 * 1024 + 4 * calls

/** A body of this size is only taken where nothing else is held. What is stored for its caller makes room for it. */
const checkAccount = async ({ ask }: Connections, calls: number): Promise<readonly string[]> => {
  const body = Buffer.alloc(BODY_BYTES - toRememberedBytes(calls), ' ')
  body.write(JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'x' }] }))
  const { status, text } = await ask(CHAT, { headers: toHeaders(KEYS.archive), body, alone: true })
  return status === 200 ? [] : [`memory is still held for callers: ${status} ${text}`]
}

const SLOTS = /"([^"]*concurrent-streams[^"]*)";r=(\d+)/g
const STREAMS_OF_TIGHT = 2

const checkSlots = async ({ ask }: Connections, key: string): Promise<readonly string[]> => {
  const { headers, status } = await ask(CHAT, {
    headers: toHeaders(key),
    body: {
      model: 'demo/echo',
      messages: [{ role: 'user', content: 'x' }],
      stream: true,
    },
    alone: true,
  })
  if (status !== 200 && status !== 429) return [`a caller at rest is answered with ${status}`]
  const own = status === 200 ? 1 : 0
  const found = [...String(headers.ratelimit).matchAll(SLOTS)]
  if (found.length === 0) return ['the slots of a caller are not in its headers']
  return found
    .map(([, name, left]) => ({
      name,
      taken:
        (key === KEYS.tight && name === 'concurrent-streams' ? STREAMS_OF_TIGHT : STREAMS) -
        own -
        Number(left),
    }))
    .filter(({ taken }) => taken !== 0)
    .map(({ name, taken }) => `${taken} slots of ${name} are taken at rest`)
}

/** Waits until every connection is closed, or says how many are not. */
const settle = async (
  stage: Stage,
  connections: Connections,
  patienceMs: number,
): Promise<readonly string[]> => {
  let before = Infinity
  for (let endsAt = performance.now() + patienceMs; performance.now() < endsAt;) {
    connections.closeIdle()
    stage.releaseUpstream()
    await sleep(LOOKS_EVERY_MS)
    const { connections: open } = await stage.look()
    if (open <= OWN_CONNECTIONS) return []
    if (open < before) endsAt = performance.now() + patienceMs
    before = open
  }
  return [`${before} connections are open at rest`]
}

const MEASURED_KEYS = [KEYS.archive, KEYS.ann, KEYS.ben, KEYS.tight]

const ofLog = (sizes: ReadonlyMap<string, number>): number =>
  [...sizes].reduce((sum, [name, size]) => (name.endsWith('-wal') ? sum + size : sum), 0)

/** @param patienceMs what has not changed for so long is not waited for. */
export const measureRest = async (
  stage: Stage,
  connections: Connections,
  calls: number,
  patienceMs: number,
): Promise<Rested> => {
  const faults = [
    ...(await settle(stage, connections, patienceMs)),
    ...(await checkAccount(connections, calls)),
  ]
  const callers = [...MEASURED_KEYS, signToken('user-0', calls)]
  for (const key of callers) faults.push(...(await checkSlots(connections, key)))
  await settle(stage, connections, patienceMs)
  const inside = await stage.look()
  const outside = lookAt(stage.pid)
  const sizes = sizesIn(stage.dataFolder)
  const wal = ofLog(sizes)
  return {
    faults,
    calls: 1 + callers.length,
    rest: {
      calls,
      values: {
        heap: inside.heapBytes,
        outside: inside.outsideBytes,
        resident: outside.residentBytes,
        sockets: outside.sockets,
        pipes: outside.pipes,
        files: outside.files,
        'other descriptors': outside.others,
        connections: inside.connections,
        timers: inside.timers,
        handles: inside.handles,
        emitters: inside.emitters,
        threads: outside.threads,
        'data folder': [...sizes.values()].reduce((sum, size) => sum + size, 0) - wal,
        'write-ahead log': wal,
      },
    },
  }
}
