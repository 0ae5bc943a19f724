/** The lane for a client and an upstream that speak different protocols. Everything passes through the vocabulary. */
import {
  type AnswerFacts,
  foldMessage,
  GatewayError,
  type JsonObject,
  type ModelEvent,
  type ModelMessage,
  type ModelRequest,
  parseObject,
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
import type { Spent } from '../record/spent.ts'
import type { Lane, LaneStream, WholeAnswer } from './lane.ts'
import { redactError } from '../redaction/redaction.ts'

/** Writes the client's answer. */
export type AnswerCodec = Pick<Codec, 'encodeEvents' | 'encodeMessage'>

/** A decoded request, and what the encoder of its answer must know. */
export interface Translation {
  readonly codec: AnswerCodec
  readonly request: ModelRequest
  readonly answer: AnswerContext
  /** What the request contains that the client did not send. */
  readonly added: readonly string[]
  /** For the messages of an upstream, which may quote one of our keys. */
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
  // Copy what is needed, so that the closure does not retain the request.
  const { stream } = request
  const { body, undo, ...encoded } = protocol.codec.encodeRequest(request, traits)
  const dropped = [...new Set([...encoded.dropped, ...(request.ignoredFields ?? [])])]

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
        const encoder = codec.encodeEvents(answer)((bytes) => watch.write(bytes))
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
          isWhole: () => decoder.isWhole?.() === true,
          heldBytes: () => reader.heldBytes,
          usage: () => decoder.usage(),
        }
      }),
    convert: (whole) => convertWhole(whole, protocol.codec, undo, { codec, stream, answer }),
    // The target's headers do not describe the answer that the client gets.
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

const NO_USAGE: Spent['usage'] = {}

interface Machine {
  push(bytes: ByteString): void
  end(): void
  /** Writes the error in the client's dialect, as a continuation of the stream. After its end, writes nothing. */
  fail(error: GatewayError): void
  heldBytes?(): number
  /** Whether only the mark of the end is missing. */
  isWhole?(): boolean
  /** What the upstream reported before the answer was complete. If absent, what it reported at the start holds. */
  usage?(): Spent['usage']
}

interface Watch {
  /** @returns the event to write. */
  event(event: ModelEvent): ModelEvent
  write(bytes: ByteString): void
}

/** Watches the events of an answer while they are translated into the client's dialect. */
export const openTranslation = (redact: Redact, connect: (watch: Watch) => Machine): LaneStream =>
  new TranslatedStream(redact, connect)

/** Every stream has one of these: a class costs a tenth of separate closures and getters. */
class TranslatedStream implements LaneStream, Watch {
  readonly #redact: Redact
  readonly #machine: Machine
  #taken: ByteString = ''
  #started = false
  #finished = false
  #error: GatewayError | undefined
  #usage: Spent['usage'] = NO_USAGE
  #outputCharacters = 0
  #ending: Spent['ending']
  #answer: AnswerFacts | undefined

  constructor(redact: Redact, connect: (watch: Watch) => Machine) {
    this.#redact = redact
    this.#machine = connect(this)
  }

  push(bytes: ByteString): void {
    try {
      this.#machine.push(bytes)
    } catch (thrown) {
      if (!(thrown instanceof SseEventTooLarge)) throw thrown
      this.#error ??= new GatewayError('upstream_invalid', thrown.message)
      this.#machine.fail(this.#error)
    }
  }

  end(): void {
    this.#machine.end()
  }

  endIfWhole(): void {
    if (this.#machine.isWhole?.()) this.#machine.end()
  }

  take(): ByteString {
    const bytes = this.#taken
    this.#taken = ''
    return bytes
  }

  encodeError(failure: GatewayError): ByteString {
    this.#machine.fail(redactError(failure, this.#redact))
    return this.take()
  }

  event(item: ModelEvent): ModelEvent {
    switch (item.type) {
      case 'message-start':
        this.#answer = { id: item.id, model: item.model }
        // At this point only the input is known: what a vendor reports as output is a placeholder.
        if (item.usage) this.#usage = { ...item.usage, outputTokens: undefined }
        break
      case 'part-delta':
        this.#started = true
        this.#outputCharacters += item.escaped?.length ?? item.text.length
        break
      case 'message-end':
        this.#started = this.#finished = true
        this.#usage = item.usage
        this.#ending = toEnding(item)
        this.#answer = { ...this.#answer, reasons: [item.vendorReason ?? item.reason] }
        break
      case 'error':
        this.#error = redactError(item.error, this.#redact)
        return { ...item, error: this.#error }
      case 'part-start':
      case 'part-end':
        this.#started = true
    }
    return item
  }

  write(bytes: ByteString): void {
    this.#taken += bytes
  }

  get started(): boolean {
    return this.#started
  }

  get finished(): boolean {
    return this.#finished
  }

  get error(): GatewayError | undefined {
    return this.#error
  }

  get readyBytes(): number {
    return this.#taken.length
  }

  get heldBytes(): number {
    return this.#machine.heldBytes?.() ?? 0
  }

  get usage(): Spent['usage'] {
    return this.#finished ? this.#usage : (this.#machine.usage?.() ?? this.#usage)
  }

  get ending(): Spent['ending'] {
    return this.#ending
  }

  get answer(): AnswerFacts | undefined {
    return this.#answer
  }

  get outputCharacters(): number {
    return this.#outputCharacters
  }
}

/** A failure is already an error here, so any reason that is left is one that Sluice does not know. */
export const toEnding = ({ vendorReason }: Pick<ModelMessage, 'vendorReason'>): Spent['ending'] =>
  vendorReason === undefined ? undefined : { word: vendorReason }

export const toAnswerFacts = ({ id, model, reason, vendorReason }: ModelMessage): AnswerFacts => ({
  id,
  model,
  reasons: [vendorReason ?? reason],
})

/** The upstream may answer without a stream although one was asked for, and the other way round. */
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
  const { usage } = message
  const outputCharacters = usage.estimated ? charactersOf(events) : 0
  return {
    body,
    usage,
    outputCharacters,
    ending: toEnding(message),
    answer: toAnswerFacts(message),
  }
}

export const charactersOf = (events: readonly ModelEvent[]): number =>
  events.reduce((sum, event) => sum + (event.type === 'part-delta' ? event.text.length : 0), 0)

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

/** @throws GatewayError `upstream_invalid` */
export const parseAnswer = (bytes: ByteString): JsonObject => {
  const body = parseObject(fromByteString(bytes))
  if (body) return body
  throw noObject()
}

export const noObject = (): GatewayError =>
  new GatewayError(
    'upstream_invalid',
    'The upstream answered with something that is no JSON object.',
  )
