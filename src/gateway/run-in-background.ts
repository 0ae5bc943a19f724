/** Answers at once, and goes on: what is asked for with `background` where no upstream does it itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError, invalidRequest } from '#model'
import { type Background, toItemList } from '#protocols'
import { fromByteString, toByteString } from '#streams'
import type { Redact } from '#telemetry'
import { type BackgroundRun, createRun } from './background-run.ts'
import type { Answer, GatewayCall } from './call.ts'
import { type Envelope, jsonOf, parseBody } from './envelope.ts'
import type { Held, ResponseStore } from './response-store.ts'
import { toAnswer, toStream } from './revisit.ts'
import { createDecoder } from './try-target.ts'

export interface BackgroundOptions {
  readonly responses: ResponseStore<BackgroundRun>
  readonly redact: Redact
  /** After how long a silence a reader is told that somebody is there. */
  readonly beatMs: number
  readonly maxRuns?: number
}

export interface BackgroundRuns {
  /**
   * @param ask sends the call that it is given: a stream, and nobody's to leave.
   * @throws GatewayError
   */
  start(call: GatewayCall, envelope: Envelope, ask: (call: GatewayCall) => Promise<Answer>): Answer
  /** Takes no more, and resolves when those under way are done or the time is over. */
  drain(withinMs: number): Promise<void>
}

/** Each holds an upstream connection. */
const MAX_RUNS = 256

/** For the last words of a run that is broken off. */
const PARTING_MS = 1_000

export const createBackgroundRuns = (options: BackgroundOptions): BackgroundRuns => {
  const { responses, redact, beatMs, maxRuns = MAX_RUNS } = options
  /** Each with its end. */
  const runs = new Map<BackgroundRun, Promise<void>>()
  let draining = false

  return {
    start(asked, envelope, ask) {
      const { background } = asked.protocol
      if (!background) throw invalidRequest("'background' is not for this route.", 'background')
      const body = parseBody(asked.body)
      if (body.store === false)
        throw invalidRequest("A response in the background needs 'store' to be true.", 'store')
      if (draining) throw new GatewayError('at_capacity', 'The server is going down.')
      if (runs.size >= maxRuns)
        throw new GatewayError('at_capacity', `${maxRuns} responses run in the background already.`)

      const promised = toPromise(background)
      const streamed = Buffer.from(JSON.stringify({ ...body, stream: true }))
      const { signal, ...call } = { ...asked, body: streamed, promised }
      // What is wrong with it is said at once.
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
        ask: (stop) => ask({ ...call, signal: stop }),
        encodeFailure(error, begun, sequence) {
          const context = { response: begun, sequence_number: sequence }
          const event = call.protocol.encodeStreamError(error, call.requestId, context)
          return toByteString(redact(fromByteString(event)))
        },
        grow: (bytes) => held?.grow(bytes),
        finish: (whole) => held?.finish(whole),
      })
      const stored = { input: toItemList(body.input), response }
      held = responses.begin(asked.caller, stored, run, streamed.length)
      const forget = () => void runs.delete(run)
      runs.set(run, run.start().then(forget, forget))
      return envelope.stream ? toStream(run.follow(-1, { signal, beatMs })) : toAnswer(run.response)
    },

    async drain(withinMs) {
      draining = true
      const done = () => Promise.allSettled(runs.values())
      const timer = new AbortController()
      // Their readers' connections are open for as long, and no longer.
      const beforeMs = withinMs - Math.min(PARTING_MS, withinMs / 2)
      const late = sleep(beforeMs, undefined, { signal: timer.signal }).catch(() => undefined)
      await Promise.race([done(), late])
      timer.abort()
      for (const run of runs.keys()) run.fail(goingDown())
      if (runs.size > 0) await Promise.race([done(), sleep(PARTING_MS, undefined, { ref: false })])
    },
  }
}

const toPromise = ({ createId }: Background) => {
  const createdAtMs = Date.now()
  return { id: createId(createdAtMs), createdAtMs }
}

const goingDown = (): GatewayError =>
  new GatewayError('at_capacity', 'The server went down before the answer was whole.')

/** @throws GatewayError `invalid_request` */
export const wantsBackground = (call: GatewayCall, envelope: Envelope): boolean => {
  if (jsonOf(call, envelope, 'background') !== 'true') return false
  if (call.askedIn) throw invalidRequest("'background' is for /v1/responses alone.", 'background')
  return true
}
