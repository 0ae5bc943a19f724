/**
 * One attempt at one target over HTTP. Nothing is sent to the client before the answer begins: what only announces it is
 * held. Until then a failure rejects, and another attempt is possible; from then on it is the last event of the stream.
 */
import type { MemoryHold } from '#access'
import { clientLeft, clientStalled, type Departure, GatewayError, toGatewayError } from '#model'
import { brokenStream } from '#protocols'
import type { HttpProvider, KeyChoice, PooledKey, ProviderCall } from '#providers'
import {
  type ByteChannel,
  type ByteString,
  createByteChannel,
  createGrowingText,
  fromByteString,
  headerOf,
} from '#streams'
import type { Exchange, TransportError, TransportHandler, TransportResponse } from '#transport'
import {
  answerTooLarge,
  MAX_ANSWER_BYTES,
  MAX_OPENING_BYTES,
  SMALL_BYTES,
} from './answer-bounds.ts'
import type { Answer } from '../call.ts'
import type { AttemptRecord } from '../record/call-record.ts'
import type { Spent } from '../record/spent.ts'
import type { StreamPace } from '../record/stream-pace.ts'
import { type Deadline, setDeadline } from './deadline.ts'
import { refuseNoAnswer } from './no-answer.ts'
import { createPaceGuard, type PaceGuard, tooSlow } from './pace-guard.ts'
import { reportedBy, reportedIn } from './reported-usage.ts'
import type { Lane, LaneStream } from '../lanes/lane.ts'
import { isEventStream, withOwn } from '../lanes/relay-headers.ts'
import { toUpstreamError } from './transport-failure.ts'

const MAX_ERROR_BYTES = 64 * 1024

export interface HttpAttemptOptions {
  readonly lane: Lane
  readonly provider: HttpProvider
  /** Whether the client asked for a stream. */
  readonly stream: boolean
  /** Sent in addition to the lane's headers, as alternating names and values. */
  readonly headers: readonly string[]
  readonly signal: Departure
  readonly record: AttemptRecord
  /** Which of several keys is used. Absent: they take turns. */
  readonly keyChoice?: KeyChoice | undefined
}

/** Rejects with a GatewayError. */
export const attemptHttp = (options: HttpAttemptOptions): Promise<Answer> =>
  new Promise((resolve, reject) => new HttpAttempt(options, resolve, reject).start())

class HttpAttempt implements TransportHandler {
  readonly #options: Pick<HttpAttemptOptions, 'provider' | 'stream' | 'signal' | 'record'>
  /** Released when the answer begins, because it retains the client's request. */
  #lane:
    | Pick<Lane, 'protocol' | 'isWritten' | 'openStream' | 'convert' | 'toClientHeaders'>
    | undefined
  /** Released when the answer begins: a body may be large, and a stream may run for minutes. */
  #call: ProviderCall | undefined
  readonly #key: PooledKey | undefined
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  #exchange: Exchange | undefined
  #deadline: Deadline | undefined
  #wholeTimer: NodeJS.Timeout | undefined
  #response: TransportResponse | undefined
  /** Reads the body, once the head shows that it is a stream. */
  #stream: LaneStream | undefined
  /** Where the stream is written, once its answer has begun. */
  #channel: ByteChannel | undefined
  #pace: StreamPace | undefined
  #guard: PaceGuard | undefined
  /** The body, if it is not streamed. */
  readonly #body = createGrowingText()
  /** The size of a rewritten request, which is held beside the client's until the answer begins. */
  readonly #ownBytes: number
  #request: MemoryHold | undefined
  #held: MemoryHold | undefined
  #sentAgain = false
  #paused = false
  #done = false

  constructor(
    options: HttpAttemptOptions,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ) {
    const { provider, stream, signal, record, lane } = options
    const { method = 'POST', path, body, protocol, isWritten = true } = lane
    const { openStream, convert, toClientHeaders } = lane
    const headers = withOwn(lane.headers, options.headers)
    const key = (this.#key = provider.keys?.take(options.keyChoice))
    this.#call =
      body.length > 0 ? { method, path, headers, body, key } : { method, path, headers, key }
    this.#ownBytes =
      lane.kind === 'translate' ? body.reduce((sum, piece) => sum + piece.length, 0) : 0
    this.#lane = { protocol, isWritten, openStream, convert, toClientHeaders }
    this.#options = { provider, stream, signal, record }
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { provider, stream, signal, record } = this.#options
    if (signal.aborted) return this.#cancel()
    try {
      if (this.#ownBytes > SMALL_BYTES) this.#request = record.hold(this.#ownBytes)
    } catch (thrown) {
      return this.#fail(toGatewayError(thrown))
    }
    signal.on(this.#cancel)
    const { firstEventMs, firstByteMs, wholeMs } = provider.deadlines
    this.#deadline = setDeadline(stream ? firstEventMs : firstByteMs, this.#onDeadline)
    if (wholeMs !== undefined)
      this.#wholeTimer = setTimeout(this.#onWholeDeadline, wholeMs - record.ageMs)
    this.#send()
  }

  #send(): void {
    if (!this.#call) return
    this.#options.record.sent(this.#key?.position)
    try {
      this.#exchange = this.#options.provider.send(this.#call, this)
    } catch (thrown) {
      this.#fail(toGatewayError(thrown))
    }
  }

  // Events of the upstream.

  onResponse(response: TransportResponse): void {
    this.#response = response
    this.#call = undefined
    this.#request?.release()
    const { status, rawHeaders } = response
    // Events cannot be read from a body that cannot be decoded.
    const isReadable = isEventStream(rawHeaders) && codingOf(rawHeaders) === undefined
    if (status < 200 || status >= 300 || !this.#options.stream || !isReadable) return
    this.#stream = this.#lane?.openStream()
    this.#guard = createPaceGuard(this.#options.provider.deadlines.pace)
  }

  onData(bytes: ByteString): void {
    if (this.#done) return
    if (!this.#channel) this.#options.record.received(this.#response?.status)
    if (!this.#stream) return this.#collect(bytes)
    try {
      const stream = this.#stream
      stream.push(bytes)
      this.#count(stream.heldBytes + (this.#channel ? 0 : stream.readyBytes))
      this.#advance(stream)
      this.#watchPace(stream, bytes)
    } catch (thrown) {
      this.#fail(toGatewayError(thrown))
    }
  }

  onEnd(): void {
    if (this.#done) return
    const stream = this.#stream
    if (!stream) return this.#finishWhole()
    try {
      stream.end()
      this.#advance(stream)
    } catch (thrown) {
      return this.#fail(toGatewayError(thrown))
    }
    if (!this.#done) this.#endStream(stream, brokenStream)
  }

  onError(error: TransportError): void {
    if (this.#done) return
    // An idle connection closed just as it was reused, so nothing was lost: send the request again.
    if (error.staleConnection && !this.#sentAgain) {
      this.#sentAgain = true
      return this.#send()
    }
    // The status already reports the failure; only its text is lost.
    if (error.failure === 'invalid_coding' && this.#hasFailed()) return this.#finishWhole()
    this.#fail(toUpstreamError(error))
  }

  // Events of the client.

  #pause(): void {
    this.#paused = true
    this.#guard?.paused(performance.now())
    this.#exchange?.pause()
  }

  #resume = (): void => {
    if (this.#done || !this.#paused) return
    this.#paused = false
    this.#pace?.resumed()
    this.#guard?.resumed(performance.now())
    this.#deadline?.refresh()
    this.#exchange?.resume()
  }

  #cancel = (): void => {
    if (this.#done) return
    const departure = this.#options.signal.reason ?? clientLeft()
    const used = this.#soFar()
    // Its key has ended, but the client is still there to read so.
    if (departure.code === 'unauthenticated')
      return this.#channel ? this.#fail(departure) : this.#giveUp(departure, used)
    this.#finish()
    this.#exchange?.abort()
    this.#options.record.settle(departure.code, used)
    this.#reject(departure)
  }

  // Progress and end.

  /** Forwards what has arrived, from the beginning of the answer on. */
  #advance(stream: LaneStream): void {
    const failure = stream.error
    // One look at the clock for both: this is done for every read.
    const now = performance.now()
    if (!this.#channel) {
      if (failure && !stream.started) return this.#fail(failure)
      // Half an event may still be a failure, however large it is.
      const announced = stream.readyBytes - stream.heldBytes
      if (!stream.started && announced <= MAX_OPENING_BYTES) return
      this.#open()
    } else this.#deadline?.refresh(now)
    const bytes = stream.take()
    if (bytes !== '') this.#pace?.progressed(now)
    const ready = bytes === '' || this.#channel?.write(bytes) !== false
    // The error itself, as the upstream wrote it or translated, is among these bytes.
    if (failure) return this.#endFailed(failure, stream)
    if (!ready && !this.#paused) this.#pause()
  }

  #watchPace(stream: LaneStream, { length }: ByteString): void {
    if (!this.#guard || this.#done) return
    const unfinished = stream.heldBytes > 0 ? length : 0
    if (this.#guard.isTooSlow(stream.outputCharacters, unfinished, performance.now()))
      this.#fail(tooSlow())
  }

  #open(): void {
    const { provider, record } = this.#options
    const { status = 200, rawHeaders = [] } = this.#response ?? {}
    this.#deadline?.clear()
    this.#deadline = setDeadline(provider.deadlines.idleMs, this.#onDeadline)
    this.#pace = record.opened()
    this.#channel = createByteChannel(this.#resume)
    const headers = this.#lane?.toClientHeaders(rawHeaders) ?? []
    record.answered(headers)
    this.#lane = this.#response = undefined
    this.#resolve({ status, headers, body: this.#channel })
  }

  #collect(bytes: ByteString): void {
    this.#body.add(bytes)
    if (this.#hasFailed() && this.#body.length > MAX_ERROR_BYTES) {
      this.#exchange?.abort()
      this.#finishWhole()
    } else if (this.#body.length > MAX_ANSWER_BYTES) this.#fail(answerTooLarge())
    else this.#countBody()
  }

  #countBody(): void {
    try {
      this.#count(this.#body.length)
    } catch (thrown) {
      this.#fail(toGatewayError(thrown))
    }
  }

  /** Sets how much of the answer is held. @throws GatewayError `at_capacity` */
  #count(bytes: number): void {
    if (!this.#held && bytes <= SMALL_BYTES) return
    this.#held ??= this.#options.record.hold(0)
    const more = bytes - this.#held.bytes
    if (more > 0) this.#held.grow(more)
    else this.#held.shrink(-more)
  }

  #hasFailed(): boolean {
    return (this.#response?.status ?? 0) >= 300
  }

  #finishWhole(): void {
    const lane = this.#lane
    if (!lane) return
    const { record } = this.#options
    const { status = 502, rawHeaders = [] } = this.#response ?? {}
    const coding = codingOf(rawHeaders)
    const bytes = this.#body.take()
    if (status < 200 || status >= 300) {
      const body = coding === undefined ? fromByteString(bytes.slice(0, MAX_ERROR_BYTES)) : ''
      return this.#fail(lane.protocol.decodeError({ status, rawHeaders, body }))
    }
    try {
      refuseNoAnswer(bytes, rawHeaders, coding)
      const isStream = isEventStream(rawHeaders)
      const answer = lane.convert({ bytes, isEventStream: isStream, coding })
      this.#finish()
      record.firstByte()
      const headers = lane.toClientHeaders(rawHeaders)
      record.answered(headers)
      this.#resolve({ status, headers, body: answer.body, spent: answer })
    } catch (thrown) {
      this.#giveUp(toGatewayError(thrown), reportedIn(bytes, lane.protocol))
    }
  }

  /** What was used of an answer that is given up. The upstream has read the request and will bill it. */
  #soFar(): Spent | undefined {
    if (!this.#exchange) return undefined
    if (this.#stream) return this.#stream
    const usage = this.#lane?.isWritten === false ? { outputTokens: 0 } : {}
    return { usage, outputCharacters: this.#body.length }
  }

  /** What was used of an answer that failed before the client received any of it. */
  #inVain(): Spent | undefined {
    const { status = 0 } = this.#response ?? {}
    if (status < 200 || status >= 300) return undefined
    return this.#stream?.error ? reportedBy(this.#stream) : this.#soFar()
  }

  #onDeadline = (): void =>
    this.#expire(
      this.#channel
        ? 'The upstream fell silent in the middle of its answer.'
        : 'The upstream did not answer in time.',
    )

  #onWholeDeadline = (): void => this.#expire('The answer was not whole in time.')

  #expire(message: string): void {
    if (!this.#paused || !this.#stream)
      return this.#fail(new GatewayError('upstream_timeout', message))
    // A client that is not reading would not see an error event either; abort.
    this.#channel?.abort()
    this.#endFailed(clientStalled(), this.#stream)
  }

  #fail(error: GatewayError): void {
    if (this.#done) return
    if (this.#stream && this.#channel) return this.#endStream(this.#stream, () => error)
    this.#giveUp(error, this.#inVain())
  }

  /** The client has received nothing, so another attempt is possible. */
  #giveUp(error: GatewayError, used: Spent | undefined): void {
    if (this.#done) return
    if (used) this.#options.record.used(used)
    this.#key?.failed(error)
    this.#finish()
    this.#exchange?.abort()
    this.#reject(error)
  }

  /** @param toError what is wrong with it, unless it is complete or reports a failure itself. */
  #endStream(stream: LaneStream, toError: () => GatewayError): void {
    const channel = this.#channel
    if (!channel) return this.#fail(toError())
    stream.endIfWhole?.()
    const rest = stream.take()
    if (rest !== '') channel.write(rest)
    if (stream.finished) return this.#endWhole(channel, stream)
    if (stream.error) return this.#endFailed(stream.error, stream)
    const error = toError()
    channel.write(stream.encodeError(error))
    this.#endFailed(error, stream)
  }

  /** The client has the complete answer, however the connection ends. */
  #endWhole(channel: ByteChannel, stream: LaneStream): void {
    this.#finish()
    this.#exchange?.abort()
    channel.end()
    this.#options.record.settle('ok', stream)
  }

  #endFailed(error: GatewayError, stream: LaneStream): void {
    this.#finish()
    this.#exchange?.abort()
    this.#channel?.end()
    this.#options.record.settle(error.code, stream, error)
  }

  #finish(): void {
    this.#done = true
    this.#request?.release()
    this.#held?.release()
    this.#body.clear()
    this.#deadline?.clear()
    clearTimeout(this.#wholeTimer)
    this.#options.signal.off(this.#cancel)
  }
}

/** The content coding, if the transport could not decode it. */
const codingOf = (rawHeaders: readonly string[]): string | undefined =>
  headerOf(rawHeaders, 'content-encoding')
