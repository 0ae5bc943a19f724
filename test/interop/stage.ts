/** The setup of a client: its entry point, its key, and the upstream. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordedCall, Upstream } from '../tools/upstream/start.ts'
import type { ProtocolName } from './row.ts'

export type Stage = {
  /** The folder into which the clients are installed. */
  clientsFolder: string
  /** Where the client connects, without `/v1`. */
  baseUrl: string
  apiKey: string
  /** False if every key is accepted, so that a wrong one is not detected. */
  keyed: boolean
  /** Whether there is a gateway in between, which does more than its upstream for a broken stream. */
  gateway: boolean
  /** Only a turn with a tool is wanted. */
  brief: boolean
  speaks: ProtocolName
  upstreamProtocol: ProtocolName
  model: string
  upstream: Upstream
  /** What keeps a client on this machine. */
  outsideEnv: Record<string, string>
}

/** The calls that reached the upstream while something ran. */
export const callsDuring = async (
  { upstream }: Stage,
  run: () => Promise<void>,
): Promise<RecordedCall[]> => {
  const before = upstream.calls.length
  await run()
  return upstream.calls.slice(before)
}

/** Strict as it is, the upstream must have found every conversation legal. */
export const expectNothingRefused = (calls: readonly RecordedCall[]): void => {
  for (const { refused, method, path } of calls)
    if (refused !== undefined) throw new Error(`the upstream refused ${method} ${path}: ${refused}`)
}

const PATHS: Record<ProtocolName, RegExp> = {
  chat: /^\/v1\/chat\/completions$/,
  messages: /^\/v1\/messages$/,
  responses: /^\/v1\/responses(?:\/compact)?$/,
  gemini: /^\/v1(?:beta)?\/models\/[^/:]+:(?:streamG|g)enerateContent$/,
  realtime: /^\/v1\/realtime$/,
}

/** Counting is not generation, and not every protocol has it. */
const COUNTING = /count_?tokens/i

/** Every generation must have arrived in the protocol that this lane ends in. */
export const expectProtocol = (calls: readonly RecordedCall[], protocol: ProtocolName): void => {
  const posted = calls.filter(({ method, path }) => method === 'POST' && !COUNTING.test(path))
  if (posted.length === 0) throw new Error('nothing reached the upstream')
  for (const { path } of posted)
    if (!PATHS[protocol].test(path)) throw new Error(`${path} was called, which is not ${protocol}`)
}

export const expectText = (text: string, part: string): void => {
  if (!text.includes(part)) throw new Error(`"${part}" is missing in: ${text}`)
}

/** Whether one of the calls sent this string. */
export const wasSent = (calls: readonly RecordedCall[], part: string): boolean =>
  calls.some(({ body }) => JSON.stringify(body ?? '').includes(part))

const CLOSED_WITHIN_MS = 2000

/** A client that leaves must take its upstream call with it. */
export const expectAbandoned = async (calls: readonly RecordedCall[]): Promise<void> => {
  const last = calls.at(-1)
  if (!last) throw new Error('nothing reached the upstream')
  await Promise.race([last.closed, sleep(CLOSED_WITHIN_MS, undefined, { ref: false })])
  if (!last.closedEarly) throw new Error('the upstream was left running')
}
