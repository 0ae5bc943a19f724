/**
 * One call to an upstream for identical calls of one caller. The first of them leads: its record has the attempts and
 * what they cost. The others follow: they are given the same bytes. The flight goes on while any of them waits for it.
 */
import type { MemoryAccount, MemoryHold } from '#access'
import {
  clientLeft,
  clientStalled,
  createDeparture,
  type Departure,
  type ErrorCode,
  toGatewayError,
} from '#model'
import type { ByteSink, ByteString } from '#streams'
import type { Answer, GatewayCall } from '../call.ts'
import { EVENT_STREAM } from '../lanes/relay-headers.ts'
import { createCostRemover, createFreeCost } from '../lanes/wrapped/running-cost.ts'
import type { CallRecord } from '../record/call-record.ts'
import { holdsError } from '../redaction/redaction.ts'
import { type StoredAnswer, toHit, toKeptHeaders, withText } from './stored-answer.ts'
import { createTape, type Reading, type Tape, type TapeReader } from './tape.ts'

export interface Flight {
  /** The answer for the call that leads. */
  readonly answer: Promise<Answer>
  /** Resolves with the answer for a call that is identical. */
  follow(call: GatewayCall, record: CallRecord): Promise<Answer>
}

export interface FlightOptions {
  readonly call: GatewayCall
  readonly record: CallRecord
  readonly memory: MemoryAccount
  /** A larger answer is not kept, and nobody can follow its flight any more. */
  readonly maxBytes: number
  /** Asks an upstream, until the departure. */
  fly(departure: Departure): Promise<Answer>
  /** Called with an answer that is complete. Identical calls can follow until it resolves. */
  keep(answer: StoredAnswer): Promise<void> | void
  /** Nobody can follow any more. */
  onClosed(): void
}

interface Passenger {
  readonly call: GatewayCall
  readonly record: CallRecord
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
  readonly onLeave: () => void
  /** Present once a stream has begun. */
  reading?: Reading
}

interface Boarded {
  readonly passenger: Passenger
  readonly answer: Promise<Answer>
}

/** For a client that has left. */
const UNREAD: Answer = { status: 200, headers: EVENT_STREAM, body: '' }

export const startFlight = (options: FlightOptions): Flight => {
  const { record: leading, memory, maxBytes, onClosed } = options
  const departure = createDeparture()
  const passengers = new Set<Passenger>()
  let given: Answer | undefined
  let tape: Tape | undefined
  /** The first call has left before others. */
  let hasLeft = false
  let hasEnded = false
  let outcome: 'ok' | ErrorCode | undefined
  let hold: MemoryHold | undefined

  const leads = ({ record }: Passenger): boolean => record === leading

  const board = (call: GatewayCall, record: CallRecord): Boarded => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const onLeave = () => leave(passenger)
    const passenger: Passenger = { call, record, resolve, reject, onLeave }
    passengers.add(passenger)
    if (call.signal.aborted) leave(passenger)
    else {
      call.signal.on(onLeave)
      if (given) give(passenger, given)
    }
    return { passenger, answer: promise }
  }

  const leave = (passenger: Passenger): void => {
    const reason = passenger.call.signal.reason ?? clientLeft()
    // They have the same key or token. It has ended for all of them, and they are still there to read so.
    if (reason.code === 'unauthenticated') return departure.abort(reason)
    remove(passenger, reason.code)
    passenger.reading?.stop()
    if (passengers.size === 0) {
      // Its stream has no end from here on, so nobody must follow it.
      onClosed()
      // If it leads, the end of its attempt settles its call.
      departure.abort(reason)
    }
    if (!leads(passenger)) passenger.reject(reason)
  }

  const remove = (passenger: Passenger, code: ErrorCode): void => {
    done(passenger)
    if (!leads(passenger)) return passenger.record.settle(code)
    if (passengers.size === 0) return
    hasLeft = true
    leading.left(code)
    holdBody(passenger.call)
    passenger.resolve(UNREAD)
  }

  /** The body is counted until its client leaves. From then on it is the flight's. */
  const holdBody = ({ caller, body }: GatewayCall): void => {
    try {
      leading.holds(memory.hold(caller, body.length, false))
    } catch {
      // It is in memory already, and others wait for what is made of it.
    }
  }

  const done = (passenger: Passenger): void => {
    passengers.delete(passenger)
    passenger.call.signal.off(passenger.onLeave)
    releaseIfOver()
  }

  const releaseIfOver = (): void => {
    if (passengers.size === 0 && outcome !== undefined) hold?.release()
  }

  /** What the first call cost is its own. */
  const toFree = createCostRemover(options.call)

  const give = (passenger: Passenger, answer: Answer): void => {
    if (leads(passenger)) return giveTo(passenger, answer)
    const { call, record } = passenger
    const addCost = createFreeCost(call)
    const toOwn = (bytes: ByteString): ByteString => addCost(toFree(bytes))
    record.cached('hit', leading.served)
    if (tape) record.opened()
    else record.firstByte()
    giveTo(passenger, withText(toHit(answer), toOwn), toOwn)
  }

  const giveTo = (passenger: Passenger, own: Answer, toOwn?: TapeReader['toOwn']): void => {
    const { record } = passenger
    if (!tape) {
      done(passenger)
      if (!leads(passenger)) record.settle('ok')
      return passenger.resolve(own)
    }
    const reading = tape.follow({
      toOwn,
      onEnd() {
        done(passenger)
        if (leads(passenger)) return
        // The cost of a stream is known at its end.
        record.cached('hit', leading.served)
        record.settle(outcome ?? 'internal')
      },
      onCut: () => remove(passenger, clientStalled().code),
    })
    passenger.reading = reading
    passenger.resolve({ ...own, body: reading.channel })
  }

  const begin = (answer: Answer): void => {
    given = answer
    const { body, status, headers } = answer
    if (typeof body !== 'string')
      tape = createTape({
        maxBytes,
        onResume: () => body.resume(),
        tryHold,
        onOverflow: onClosed,
      })
    for (const passenger of passengers) give(passenger, answer)
    if (typeof body !== 'string') return body.readTo(toSink())
    const isGood = outcome === 'ok' && status === 200 && !holdsError(body)
    if (isGood && body.length <= maxBytes)
      void close({ headers: toKeptHeaders(headers), isStream: false, body: toFree(body) })
    else onClosed()
  }

  const toSink = (): ByteSink => ({
    write: (bytes) => tape?.write(bytes) ?? true,
    end() {
      hasEnded = true
      finish()
    },
    abort: () => tape?.abort(),
  })

  const tryHold = (bytes: number): boolean => {
    try {
      hold ??= memory.hold(options.call.caller, 0, false)
    } catch {
      return false
    }
    const more = bytes - hold.bytes
    if (more > 0) return hold.tryGrow(more)
    hold.shrink(-more)
    return true
  }

  /** The stream has ended, and it is known how. */
  const finish = (): void => {
    if (!tape || !given || !hasEnded || outcome === undefined) return
    const { headers } = given
    const body = outcome === 'ok' ? tape.take() : undefined
    tape.finish()
    if (body === undefined) onClosed()
    else void close({ headers: toKeptHeaders(headers), isStream: true, body: toFree(body) })
  }

  const close = async (answer: Omit<StoredAnswer, 'served'>): Promise<void> => {
    await options.keep({ ...answer, served: leading.served })
    onClosed()
  }

  const fail = (error: unknown): void => {
    onClosed()
    for (const passenger of passengers) {
      done(passenger)
      if (!leads(passenger)) passenger.record.cached('miss', leading.served)
      passenger.reject(error)
    }
    // It is no passenger any more if it was the last to leave. If it left before others, it does not wait for this.
    leader.passenger.reject(error)
    if (hasLeft) leading.settle(toGatewayError(error).code)
  }

  leading.whenSettled((settled) => {
    outcome = settled
    finish()
    releaseIfOver()
  })
  const leader = board(options.call, leading)
  options.fly(departure).then(begin, fail)
  return { answer: leader.answer, follow: (call, record) => board(call, record).answer }
}
