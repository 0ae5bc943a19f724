/** One try at a model in this process. The same promises as over HTTP: nothing is sent before the first event. */
import { foldMessage, GatewayError, type ModelEvent, toGatewayError } from '#model'
import type { LocalProvider } from '#providers'
import { type ByteChannel, createByteChannel, toByteString } from '#streams'
import type { Answer, GatewayCall } from './call.ts'
import type { CallRecord } from './call-record.ts'
import { openTranslation, type Translation } from './translate-lane.ts'

export interface LocalAttemptOptions {
  readonly call: GatewayCall
  readonly provider: LocalProvider
  readonly model: string
  readonly translation: Translation
  readonly signal: AbortSignal
  readonly record: CallRecord
}

export const attemptLocal = (options: LocalAttemptOptions): Promise<Answer> =>
  options.translation.request.stream ? answerInStream(options) : answerWhole(options)

const answerWhole = async (options: LocalAttemptOptions): Promise<Answer> => {
  const { codec, answer } = options.translation
  const events: ModelEvent[] = []
  for await (const event of ask(options)) events.push(event)
  const message = foldMessage(events)
  options.record.firstByte()
  options.record.settle('ok', { usage: message.usage, outputCharacters: 0 })
  const body = toByteString(JSON.stringify(codec.encodeMessage(message, answer)))
  return { status: 200, headers: ['content-type', 'application/json'], body }
}

const answerInStream = async (options: LocalAttemptOptions): Promise<Answer> => {
  const { call, record, translation, signal } = options
  const { codec, answer } = translation
  const events = ask(options)
  const first = await events.next()
  if (first.done) throw new GatewayError('upstream_broken', 'The model gave no answer.')
  if (first.value.type === 'error') throw first.value.error
  record.firstByte()

  let wake: (() => void) | undefined
  let feed: ((event: ModelEvent) => void) | undefined
  const stream = openTranslation(call, (watch) => {
    const encoder = codec.encodeEvents(answer)(watch.write)
    feed = (event) => {
      watch.event(event)
      encoder.push(event)
    }
    return { push: () => undefined, end: () => encoder.end() }
  })
  const channel: ByteChannel = createByteChannel(() => wake?.())
  /** Waits while the reader is behind. */
  const send = async (event: ModelEvent): Promise<void> => {
    feed?.(event)
    const bytes = stream.take()
    if (bytes === '' || channel.write(bytes)) return
    await new Promise<void>((resolve) => {
      wake = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
  const run = async (): Promise<void> => {
    try {
      await send(first.value)
      for await (const event of events) {
        if (signal.aborted) break
        await send(event)
      }
      if (signal.aborted) return record.settle('client_left', stream)
      if (!stream.finished && !stream.error)
        await send({
          type: 'error',
          error: new GatewayError(
            'upstream_broken',
            'The model ended its answer before it was whole.',
          ),
        })
      channel.end()
      record.settle(stream.error ? stream.error.code : 'ok', stream, stream.error)
    } catch (thrown) {
      const error = toGatewayError(thrown)
      if (signal.aborted) return record.settle('client_left', stream)
      channel.write(stream.encodeError(error))
      channel.end()
      record.settle(error.code, stream, error)
    }
  }
  void run()
  return {
    status: 200,
    headers: ['content-type', 'text/event-stream; charset=utf-8'],
    body: channel,
  }
}

/** The answer says which model gave it, whatever was asked for: nobody may take the demo for the real thing. */
const ask = async function* (options: LocalAttemptOptions): AsyncGenerator<ModelEvent> {
  const { provider, model, translation, signal } = options
  yield* provider.answer({ ...translation.request, model }, signal)
}
