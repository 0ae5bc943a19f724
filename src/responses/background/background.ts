/** Runs requests with `background` here, if no upstream has a background mode. The client is answered at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Answer,
  createDecoder,
  type Envelope,
  type GatewayCall,
  jsonOf,
  parseBody,
  toAnswer,
  toStream,
  wantsRunningCost,
} from '#gateway'
import { GatewayError, goingDown, invalidRequest } from '#model'
import type { Background } from '#protocols'
import { type BackgroundRun, createRun } from './background-run.ts'
import { createFarewell } from './farewell.ts'
import type { Given, Held, ResponseStore } from '../store/response-store.ts'

export interface BackgroundOptions {
  readonly responses: ResponseStore<BackgroundRun>
  readonly maxRuns?: number
}

interface RunSettings {
  /** The interval of heartbeats to a reader while nothing arrives. */
  readonly beatMs: number
  /** Whether several callers share the runs, so that none may have all of them. */
  readonly shared: boolean
}

export interface BackgroundRuns {
  /**
   * @param given the input of the response, as it is stored.
   * @param ask sends a call, which is a stream and has no client that can leave.
   * @throws GatewayError
   */
  start(
    call: GatewayCall,
    envelope: Envelope,
    given: Given,
    ask: (call: GatewayCall) => Promise<Answer>,
    settings: RunSettings,
  ): Answer
  /** How many are in progress. */
  readonly running: number
  /** Starts no more runs. Resolves when no run is left, or after `withinMs`. */
  drain(withinMs: number): Promise<void>
}

/** Each holds an upstream connection. */
const MAX_RUNS = 256

/** How long an interrupted run may take to end. */
const PARTING_MS = 1_000

export const createBackgroundRuns = (options: BackgroundOptions): BackgroundRuns => {
  const { responses, maxRuns = MAX_RUNS } = options
  /** Each with its end. */
  const runs = new Map<BackgroundRun, Promise<void>>()
  const slots = createSlots(maxRuns)
  let draining = false

  return {
    start(asked, envelope, given, ask, { beatMs, shared }) {
      const { background } = asked.protocol
      if (!background) throw invalidRequest("'background' is not for this route.", 'background')
      const body = parseBody(asked.body)
      if (body.store === false)
        throw invalidRequest("A response in the background needs 'store' to be true.", 'store')
      if (draining) throw goingDown()

      const promised = toPromise(background)
      const streamed = Buffer.from(JSON.stringify({ ...body, stream: true }))
      // It runs on with a body of its own.
      asked.belonging?.settle()
      const { signal, ...call } = { ...asked, body: streamed, promised, costInFields: true }
      // An invalid request is refused at once.
      const request = createDecoder({ ...call, signal })()
      const response = background.promise(promised.id, {
        ...promised,
        model: envelope.model,
        provider: '',
        inputTokens: 0,
        usageInStream: false,
        request,
      })

      let held: Held | undefined
      const run = createRun({
        response,
        background,
        wantsCost: wantsRunningCost(asked),
        ask: (stop, onCost) => ask({ ...call, signal: stop, onCost }),
        encodeFailure(error, begun, sequence) {
          const context = { response: begun, sequence_number: sequence }
          return call.protocol.encodeStreamError(error, call.requestId, context)
        },
        grow: (bytes) => held?.grow(bytes),
        finish: (whole) => held?.finish(whole),
      })
      const leave = slots.take(asked.caller.id, shared)
      try {
        // The request is held twice until it is answered: as it arrived, and as it is sent.
        held = responses.begin(asked.caller, given, run, 2 * streamed.length)
      } catch (thrown) {
        leave()
        throw thrown
      }
      const forget = () => {
        runs.delete(run)
        leave()
      }
      runs.set(run, run.start().then(forget, forget))
      return envelope.stream
        ? toStream(
            run.follow(-1, {
              signal: signal.toAbortSignal(),
              beatMs,
              encodeFarewell: createFarewell(asked, run),
            }),
          )
        : toAnswer(run.response)
    },

    get running() {
      return runs.size
    },

    async drain(withinMs) {
      draining = true
      const done = () => Promise.allSettled(runs.values())
      const timer = new AbortController()
      // The connections of their readers stay open for this time, and no longer.
      const beforeMs = withinMs - Math.min(PARTING_MS, withinMs / 2)
      const late = sleep(beforeMs, undefined, { signal: timer.signal }).catch(() => undefined)
      await Promise.race([done(), late])
      timer.abort()
      for (const run of runs.keys()) run.fail(wentDown())
      if (runs.size > 0) await Promise.race([done(), sleep(PARTING_MS, undefined, { ref: false })])
    },
  }
}

/** A caller may have as many runs as it leaves free for others. */
const createSlots = (most: number) => {
  const takenBy = new Map<string, number>()
  let taken = 0
  const add = (callerId: string, by: number): void => {
    taken += by
    const own = (takenBy.get(callerId) ?? 0) + by
    if (own === 0) takenBy.delete(callerId)
    else takenBy.set(callerId, own)
  }
  return {
    /** @returns a function that releases the slot. @throws GatewayError `at_capacity` */
    take(callerId: string, shared: boolean): () => void {
      if (taken >= most)
        throw new GatewayError('at_capacity', `${most} responses run in the background already.`)
      const own = (takenBy.get(callerId) ?? 0) + 1
      // Whoever has none may have the last.
      if (shared && own > Math.max(1, most - taken - 1)) throw shareUsedUp()
      add(callerId, 1)
      return () => add(callerId, -1)
    },
  }
}

const shareUsedUp = (): GatewayError =>
  new GatewayError(
    'at_capacity',
    'This caller has its share of the responses that run in the background. Try again when one has ended.',
    { status: 429, vendorCode: 'share_used_up' },
  )

const toPromise = ({ createId }: Background) => {
  const createdAtMs = Date.now()
  return { id: createId(createdAtMs), createdAtMs }
}

const wentDown = (): GatewayError =>
  new GatewayError('at_capacity', 'The server went down before the answer was whole.')

/** @throws GatewayError `invalid_request` */
export const wantsBackground = (call: GatewayCall, envelope: Envelope): boolean => {
  if (jsonOf(call, envelope, 'background') !== 'true') return false
  if (call.askedIn) throw invalidRequest("'background' is for /v1/responses alone.", 'background')
  return true
}
