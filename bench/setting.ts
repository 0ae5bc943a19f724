/** Where a measure is taken, and the calls and open streams that it makes there. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway } from './gateway.ts'
import type { Call, LoadCommands } from './load.ts'
import { type Lane, type LaneName, LANES } from './subject.ts'
import {
  ANSWER_WORDS,
  END_OF_ANSWER,
  END_OF_FRAMES,
  ENDS_OF_STREAM,
  MARK,
  STREAM_MARKS,
  toRequest,
  toSocketRequest,
} from './traffic.ts'
import type { UpstreamCommands } from './upstream.ts'
import type { Worker } from './worker.ts'

export type Setting = {
  gateway: Gateway
  laneName: LaneName
  lane: Lane
  load: Worker<LoadCommands>
  upstream: Worker<UpstreamCommands>
  upstreamPort: number
  /** Shortens every duration, for a quick look. */
  scale: number
  /** Looks on while what is measured runs, its warm-up left out. */
  watch?: { begin(): Promise<void>; end(): Promise<void> }
}

export const toCall = (setting: Setting, sizeKb: number, streamedTokens?: number): Call => {
  const { gateway, laneName, lane, upstreamPort } = setting
  const { client: protocol, socket } = LANES[laneName]
  const streamed = streamedTokens !== undefined
  const headers = lane.headers(upstreamPort)
  const options = { protocol, model: lane.model, sizeKb, streamed, headers }
  const tokens = streamedTokens ?? ANSWER_WORDS
  const { port } = gateway
  if (socket) return { port, ...toSocketRequest(options), tokens, mark: MARK, end: END_OF_FRAMES }
  return {
    port,
    request: toRequest(options),
    tokens,
    mark: streamed ? STREAM_MARKS[protocol] : MARK,
    end: streamed ? ENDS_OF_STREAM[protocol] : END_OF_ANSWER,
  }
}

export const insist = ({ failed, fault }: { failed: number; fault: string | undefined }) => {
  if (failed > 0) throw new Error(`${failed} failed: ${fault}`)
}

/** Opens streams and waits until each has begun. */
export const openStreams = async (setting: Setting, call: Call, count: number, read = true) => {
  const { load } = setting
  await load.ask('openStreams', { ...call, count, read, perSecond: count > 300 ? 500 : 200 })
  for (let tries = 0; tries < 600; tries++) {
    const { begun, ended, fault } = await load.ask('streamState')
    insist({ failed: ended, fault: fault ?? 'ended before all had begun' })
    if (begun === count) return
    await sleep(100)
  }
  throw new Error(`not all of ${count} streams began`)
}

export const closeStreams = ({ load }: Setting) => load.ask('closeStreams')
