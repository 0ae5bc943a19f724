/** Client and upstream speak different protocols: everything goes through the vocabulary. */
import {
  foldMessage,
  GatewayError,
  isJsonObject,
  type JsonObject,
  type ModelEvent,
  type ModelMessage,
  type ModelRequest,
} from '#model'
import type { AnswerContext, Codec, Protocol, SseItem, TargetTraits, Undo } from '#protocols'
import {
  type ByteString,
  createSseReader,
  fromByteString,
  SseEventTooLarge,
  toByteString,
  translateAll,
} from '#streams'
import type { Redact } from '#telemetry'
import type { Spent } from './call-record.ts'
import type { Lane, LaneStream, WholeAnswer } from './lane.ts'
import { redactError } from './redaction.ts'

/** A request as the vocabulary has it, and what its answer's encoder must know. */
export interface Translation {
  readonly codec: Codec
  readonly request: ModelRequest
  readonly answer: AnswerContext
  /** Of the request, what its client did not send. */
  readonly added: readonly string[]
  /** For an upstream's own words, which may quote a key of ours. */
  readonly redact: Redact
}

export const createTranslateLane = (
  translation: Translation,
  target: {
    readonly protocol: Protocol & { readonly codec: Codec }
    readonly traits: TargetTraits
  },
): Lane => {
  const { codec, request, answer, redact, added } = translation
  const { protocol, traits } = target
  // The request is not held by what waits for its answer.
  const { stream } = request
  const { body, undo, ...encoded } = protocol.codec.encodeRequest(request, traits)
  const dropped = [...new Set([...encoded.dropped, ...(request.unspoken ?? [])])]

  return {
    kind: 'translate',
    protocol,
    path: protocol.toPath(traits.model, stream),
    headers: toHeaders(protocol, stream),
    body: [Buffer.from(JSON.stringify(body))],
    dropped,
    added,
    openStream: () =>
      openTranslation(redact, (watch) => {
        const encoder = codec.encodeEvents(answer)(watch.write)
        const decoder = protocol.codec.decodeEvents(undo)((event) => {
          encoder.push(watch.event(event))
        })
        const reader = createSseReader((data, event) => decoder.push({ data, event }))
        return {
          push: (bytes) => reader.push(bytes),
          end() {
            decoder.end()
            encoder.end()
          },
          fail: (error) => encoder.push({ type: 'error', error }),
          get isWhole() {
            return decoder.isWhole === true
          },
          get heldBytes() {
            return reader.heldBytes
          },
          get usage() {
            return decoder.usage
          },
        }
      }),
    convert: (whole) => convertWhole(whole, protocol.codec, undo, { codec, stream, answer }),
    // Nothing that the target says in headers is said of the answer that the client gets.
    toClientHeaders: () => [
      'content-type',
      stream ? 'text/event-stream; charset=utf-8' : 'application/json',
    ],
  }
}

const toHeaders = (protocol: Protocol, stream: boolean): string[] => [
  'content-type',
  'application/json',
  'accept',
  stream ? 'text/event-stream' : 'application/json',
  'accept-encoding',
  'identity',
  ...Object.entries(protocol.requiredHeaders ?? {}).flat(),
]

interface Machine {
  push(bytes: ByteString): void
  end(): void
  /** Says so in the client's dialect, in agreement with what was said before; after an end, nothing. */
  fail(error: GatewayError): void
  readonly heldBytes?: number
  /** Nothing but the mark of its end is missing. */
  readonly isWhole?: boolean
  /** What the upstream told before the answer was whole; where absent, what the answer's start told stands. */
  readonly usage?: Spent['usage']
}

interface Watch {
  /** @returns what may be written of it. */
  event(event: ModelEvent): ModelEvent
  write(bytes: ByteString): void
}

/** Follows the events of an answer on their way into the client's dialect. */
export const openTranslation = (redact: Redact, connect: (watch: Watch) => Machine): LaneStream => {
  let taken: ByteString = ''
  let started = false
  let finished = false
  let error: GatewayError | undefined
  let usage: Spent['usage'] = {}
  let outputCharacters = 0
  let ending: Spent['ending']

  const fail = (thrown: unknown): void => {
    if (!(thrown instanceof SseEventTooLarge)) throw thrown
    error ??= new GatewayError('upstream_invalid', thrown.message)
    machine.fail(error)
  }
  const take = (): ByteString => {
    const bytes = taken
    taken = ''
    return bytes
  }
  const event = (item: ModelEvent): ModelEvent => {
    switch (item.type) {
      case 'message-start':
        started = true
        // Only the input is known by now; what a vendor says of the output here is a placeholder.
        if (item.usage) usage = { ...item.usage, outputTokens: undefined }
        break
      case 'part-delta':
        outputCharacters += item.escaped?.length ?? item.text.length
        break
      case 'message-end':
        finished = true
        usage = item.usage
        ending = toEnding(item)
        break
      case 'error':
        error = redactError(item.error, redact)
        return { ...item, error }
      case 'part-start':
      case 'part-end':
    }
    return item
  }
  const machine = connect({ event, write: (bytes) => void (taken += bytes) })

  return {
    push(bytes) {
      try {
        machine.push(bytes)
      } catch (thrown) {
        fail(thrown)
      }
    },
    end: () => machine.end(),
    endIfWhole() {
      if (machine.isWhole) machine.end()
    },
    take,
    get started() {
      return started
    },
    get finished() {
      return finished
    },
    get error() {
      return error
    },
    get heldBytes() {
      return machine.heldBytes ?? 0
    },
    encodeError(failure) {
      machine.fail(redactError(failure, redact))
      return take()
    },
    get usage() {
      return finished ? usage : (machine.usage ?? usage)
    },
    get ending() {
      return ending
    },
    get outputCharacters() {
      return outputCharacters
    },
  }
}

/** Only what nobody knows has come so far: a failure is an error by now. */
export const toEnding = ({ vendorReason }: Pick<ModelMessage, 'vendorReason'>): Spent['ending'] =>
  vendorReason === undefined ? undefined : { word: vendorReason }

/** The upstream may answer in one piece where a stream was asked for, and the other way round. */
const convertWhole = (
  whole: WholeAnswer,
  upstream: Codec,
  undo: Undo,
  { codec, stream, answer }: Pick<Translation, 'codec' | 'answer'> & { readonly stream: boolean },
) => {
  if (whole.coding !== undefined) throw notDecodable(whole.coding)
  const events = whole.isEventStream
    ? decodeStream(whole.bytes, upstream, undo)
    : upstream.decodeMessage(parseAnswer(whole.bytes), undo)
  const message = foldMessage(events)
  const body = stream
    ? translateAll(codec.encodeEvents(answer), events).join('')
    : toByteString(JSON.stringify(codec.encodeMessage(message, answer)))
  return { body, usage: message.usage, outputCharacters: 0, ending: toEnding(message) }
}

const notDecodable = (coding: string): GatewayError =>
  new GatewayError(
    'upstream_invalid',
    `The upstream compressed its answer as '${coding.slice(0, 40)}', which cannot be read here.`,
  )

const decodeStream = (bytes: ByteString, upstream: Codec, undo: Undo): ModelEvent[] => {
  const items: SseItem[] = []
  createSseReader((data, event) => items.push({ data, event })).push(bytes)
  return translateAll(upstream.decodeEvents(undo), items)
}

const parseAnswer = (bytes: ByteString): JsonObject => {
  let body: unknown
  try {
    body = JSON.parse(fromByteString(bytes))
  } catch {
    // Judged with the rest below.
  }
  if (isJsonObject(body)) return body
  throw new GatewayError(
    'upstream_invalid',
    'The upstream answered with something that is no JSON object.',
  )
}
