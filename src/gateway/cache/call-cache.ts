/**
 * Answers a call without an upstream, if the same caller was given the answer to an identical call before, or is being
 * given it now.
 */
import type { MemoryAccount } from '#access'
import type { Departure } from '#model'
import type { Target } from '#router'
import type { Answer, GatewayCall } from '../call.ts'
import type { CallRecord } from '../record/call-record.ts'
import type { Envelope } from '../request/envelope.ts'
import type { AnswerStore } from './answer-store.ts'
import { keyOf } from './cache-key.ts'
import { type Flight, startFlight } from './flight.ts'
import { replay } from './replay.ts'
import { decodeStored, encodeStored } from './stored-answer.ts'
import { wishOf } from './wish.ts'

export interface CacheOptions {
  readonly store: AnswerStore
  readonly ttlMs: number
}

interface CachedCall<Call extends GatewayCall> {
  /** The call before what it only names was inserted. */
  readonly asked: GatewayCall
  readonly call: Call
  readonly envelope: Envelope
  readonly targets: readonly Target[]
  readonly record: CallRecord
}

export interface CallCache {
  /** @param generate asks an upstream. */
  answer<Call extends GatewayCall>(
    cached: CachedCall<Call>,
    generate: (call: Call) => Promise<Answer>,
  ): Promise<Answer>
}

/** A larger answer is not kept. */
const MAX_KEPT_ANSWER_BYTES = 1024 * 1024

export const createCallCache = (
  { store, ttlMs }: CacheOptions,
  memory: MemoryAccount,
): CallCache => {
  /** Those that can be followed. */
  const flights = new Map<string, Flight>()

  return {
    async answer({ asked, call, envelope, targets, record }, generate) {
      const wish = wishOf(asked, call, envelope)
      const key = wish === 'bypass' ? undefined : keyOf(call, targets)
      record.cached(key === undefined ? 'bypass' : 'miss')
      if (key === undefined) return generate(call)

      const start = (onClosed: () => void): Flight =>
        startFlight({
          call,
          record,
          memory,
          maxBytes: MAX_KEPT_ANSWER_BYTES,
          fly: (signal: Departure) => generate({ ...call, signal }),
          keep: (answer) => store.keep(key, encodeStored(answer), ttlMs, call.caller),
          onClosed,
        })
      // Whoever wants a fresh answer gets one that was requested after its call.
      if (wish === 'refresh') return start(() => undefined).answer

      // Users of one key may have tokens that end at different times, and a flight ends with its token.
      const name = `${key} ${call.caller.expiresAtMs ?? ''}`
      const before = flights.get(name)
      if (before) return before.follow(call, record)
      const recalled = store.recall(key)
      const stored = decodeStored((recalled instanceof Promise ? await recalled : recalled) ?? '')
      // It may have been given up meanwhile.
      if (call.signal.reason) throw call.signal.reason
      if (stored) return replay(call, record, stored)
      // Another one may have begun meanwhile.
      const since = flights.get(name)
      if (since) return since.follow(call, record)
      const flight = start(() => {
        if (flights.get(name) === flight) flights.delete(name)
      })
      flights.set(name, flight)
      return flight.answer
    },
  }
}
