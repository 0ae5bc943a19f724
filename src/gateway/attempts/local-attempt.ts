/** One attempt at a model in this process. As over HTTP, nothing is sent before the answer begins. */
import {
  clientStalled,
  type Departure,
  foldMessage,
  GatewayError,
  type ModelEvent,
  toGatewayError,
} from '#model'
import type { LocalProvider } from '#providers'
import { type ByteChannel, createByteChannel } from '#streams'
import type { Answer, GatewayCall } from '../call.ts'
import type { AttemptRecord } from '../record/call-record.ts'
import type { Spent } from '../record/spent.ts'
import { createPaceGuard, tooSlow } from './pace-guard.ts'
import { toAnswer, toStream } from '../lanes/plain-answers.ts'
import type { LaneStream } from '../lanes/lane.ts'
import type { Telling } from '../lanes/wrapped/telling.ts'
import { wantsRunningCost, withRunningCost } from '../lanes/wrapped/running-cost.ts'
import {
  openTranslation,
  toAnswerFacts,
  toEnding,
  type Translation,
} from '../lanes/translate-lane.ts'
import type { Drop } from '#protocols'

export interface LocalAttemptOptions {
  readonly call: GatewayCall
  readonly provider: LocalProvider
  readonly model: string
  readonly translation: Translation
  /** Present if this process asks. */
  readonly telling?: Telling | undefined
  readonly signal: Departure
  readonly record: Omit<AttemptRecord, 'ageMs' | 'answered' | 'hold'>
  /** Called with the name of each field that the model does not support. */
  readonly drop: Drop
}

export const attemptLocal = (options: LocalAttemptOptions): Promise<Answer> =>
  options.translation.request.stream ? answerInStream(options) : answerWhole(options)

const answerWhole = async (options: LocalAttemptOptions): Promise<Answer> => {
  const { provider, record, signal, translation } = options
  const { codec, answer } = translation
  const deadline = createDeadline(signal)
  const events: ModelEvent[] = []
  deadline.set(provider.deadlines.firstByteMs, unanswered)
  record.sent()
  try {
    for await (const event of ask(options, deadline.signal)) {
      events.push(event)
      record.content?.event(event)
    }
    record.received()
    const message = foldMessage(events)
    record.firstByte()
    const spent = {
      usage: message.usage,
      outputCharacters: 0,
      ending: toEnding(message),
      answer: toAnswerFacts(message),
    }
    return { ...toAnswer(codec.encodeMessage(message, answer)), spent }
  } catch (thrown) {
    if (signal.reason) record.settle(signal.reason.code, toSpent(events))
    else if (events.some(({ type }) => type !== 'error')) record.used(toSpent(events))
    throw thrown
  } finally {
    deadline.release()
  }
}

const toSpent = (events: readonly ModelEvent[]): Spent => {
  let usage: Spent['usage'] = {}
  let outputCharacters = 0
  for (const event of events)
    if (event.type === 'part-delta') outputCharacters += event.text.length
    else if (event.type === 'message-start' && event.usage)
      usage = { ...event.usage, outputTokens: undefined }
    else if (event.type === 'message-end') ({ usage } = event)
  return { usage, outputCharacters }
}

const answerInStream = async (options: LocalAttemptOptions): Promise<Answer> => {
  const { provider, record, translation, signal } = options
  const { codec, answer, redact } = translation
  const { firstEventMs, idleMs } = provider.deadlines
  const deadline = createDeadline(signal)
  deadline.set(firstEventMs, unanswered)
  record.sent()
  const events = ask(options, deadline.signal)
  const opening: ModelEvent[] = []
  await takeOpening(events, opening)
    .catch((thrown: unknown) => {
      deadline.release()
      // The model has read the request.
      if (signal.reason) record.settle(signal.reason.code, toSpent(opening), signal.reason)
      else if (opening.length > 0) record.used(toSpent(opening))
      throw thrown
    })
    .finally(deadline.clear)
  record.received()
  const pace = record.opened()

  let feed: ((event: ModelEvent) => void) | undefined
  const plain = openTranslation(redact, (watch) => {
    const encoder = codec.encodeEvents(answer)((bytes) => watch.write(bytes))
    feed = (event) => encoder.push(watch.event(event))
    return {
      push: () => undefined,
      end: () => encoder.end(),
      fail: (error) => encoder.push({ type: 'error', error }),
    }
  })

  const stream = asItsClientWants(plain, options)
  const guard = createPaceGuard(provider.deadlines.pace)
  let wake: (() => void) | undefined
  let stop: ((reason: unknown) => void) | undefined
  const channel: ByteChannel = createByteChannel(() => wake?.())
  deadline.signal.addEventListener('abort', () => stop?.(deadline.signal.reason))
  /** Waits while the reader is behind. */
  const send = async (event: ModelEvent): Promise<void> => {
    feed?.(event)
    record.content?.event(event)
    const bytes = stream.take()
    if (bytes === '') return
    const now = performance.now()
    pace?.progressed(now)
    const ready = channel.write(bytes)
    if (guard?.isTooSlow(stream.outputCharacters, 0, now)) throw tooSlow()
    if (ready) return
    guard?.paused(now)
    deadline.set(idleMs, clientStalled)
    await new Promise<void>((resolve, reject) => {
      wake = resolve
      stop = reject
    })
    pace?.resumed()
    guard?.resumed(performance.now())
  }
  const settle = (error: GatewayError | undefined): void =>
    record.settle(error ? error.code : 'ok', stream, error)
  /** At once: a model may take its time to notice. */
  const leave = (): void => {
    // Its key has ended, but the client is still there to read so.
    if (signal.reason?.code !== 'unauthenticated') settle(signal.reason)
  }
  signal.on(leave)
  const run = async (): Promise<void> => {
    try {
      for (const event of opening) await send(event)
      deadline.set(idleMs, silent)
      for await (const event of events) {
        await send(event)
        deadline.set(idleMs, silent)
      }
      if (!stream.finished && !stream.error) await send({ type: 'error', error: unfinished() })
      channel.end()
      settle(stream.error)
    } catch (thrown) {
      const error = signal.reason ?? toGatewayError(thrown)
      if (error.code === 'client_stalled') channel.abort()
      else {
        channel.write(stream.encodeError(error))
        channel.end()
      }
      settle(error)
    } finally {
      signal.off(leave)
      deadline.release()
    }
  }
  void run()
  return toStream(channel)
}

const asItsClientWants = (
  stream: LaneStream,
  { call, record, telling }: LocalAttemptOptions,
): LaneStream => {
  if (telling) return telling.hear(stream)
  if (!wantsRunningCost(call)) return stream
  const costOf = (spent: Spent) => record.costOf(spent)
  return withRunningCost(stream, { call, kind: 'translate', costOf })
}

/** Takes the announcement of an answer, and the first event of the answer itself. */
const takeOpening = async (
  events: AsyncGenerator<ModelEvent>,
  opening: ModelEvent[],
): Promise<void> => {
  do {
    const { done, value } = await events.next()
    if (done) throw new GatewayError('upstream_broken', 'The model gave no answer.')
    if (value.type === 'error') throw value.error
    opening.push(value)
  } while (opening.at(-1)?.type === 'message-start')
}

const unanswered = () => new GatewayError('upstream_timeout', 'The model did not answer in time.')
const silent = () =>
  new GatewayError('upstream_timeout', 'The model fell silent in the middle of its answer.')
const unfinished = () =>
  new GatewayError('upstream_broken', 'The model ended its answer before it was whole.')

/**
 * Aborts the work of a model, with a reason, when the client leaves or a deadline passes. `AbortSignal.any` is not
 * used, because its signals, with everything that listens to them, are retained if they never abort.
 */
const createDeadline = (departure: Departure) => {
  const stop = new AbortController()
  const leave = () => stop.abort(departure.reason)
  departure.on(leave)
  if (departure.aborted) leave()
  let timer: NodeJS.Timeout | undefined
  let toReason: () => GatewayError = unanswered
  let setMs = 0
  return {
    signal: stop.signal,
    /** Replaces the previous deadline. */
    set(milliseconds: number, reason: () => GatewayError): void {
      toReason = reason
      if (timer && setMs === milliseconds) return void timer.refresh()
      clearTimeout(timer)
      setMs = milliseconds
      timer = setTimeout(() => stop.abort(toReason()), milliseconds)
    },
    clear(): void {
      clearTimeout(timer)
      timer = undefined
    },
    /** The work has ended. */
    release(): void {
      clearTimeout(timer)
      departure.off(leave)
    },
  }
}

const ask = async function* (
  { provider, model, translation, drop }: LocalAttemptOptions,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  yield* provider.answer({ ...translation.request, model }, signal, drop)
}
