/** The interface of a protocol of model APIs. Each has a folder, all with the same file names. */
import type {
  Ability,
  AnswerFacts,
  Effort,
  GatewayError,
  JsonObject,
  ModelEvent,
  ModelMessage,
  ModelRequest,
  ProtocolName,
  Usage,
} from '#model'
import type { OddEnding } from './answers/endings.ts'
import type { ByteString, JsonMember, JsonSpan, Translation, Translator } from '#streams'

export interface Protocol {
  readonly name: ProtocolName
  /** The path of calls below a base URL: `/chat/completions`. In some protocols it names model and stream. */
  readonly toPath: (model: string, stream: boolean) => string
  /** False if clients fail on comments in a stream. */
  readonly commentsInStream?: boolean
  /** False if clients fail on errors in a stream; an upstream's errors are not relayed either. */
  readonly errorsInStream?: boolean
  /** Headers that an upstream requires, for clients that sent none. */
  readonly requiredHeaders?: Readonly<Record<string, string>>
  /** Finds the spans of a relayed request that only Sluice understands, and that must not reach an upstream. */
  readonly findForeign?: (body: Buffer) => readonly ForeignSpan[]
  /**
   * Finds what a request names by its id, for its upstream to look up. Absent if the protocol stores nothing.
   *
   * @param isExact finds every spelling, not only the usual ones.
   * @throws GatewayError `invalid_request` if readers may differ on what is named.
   */
  readonly findReferences?: (
    body: Buffer,
    members: readonly JsonMember[],
    isExact: boolean,
  ) => readonly Reference[]
  /** Whether an upstream stores the answer to a request, or only parts of it that have ids of their own. */
  readonly keeps?: (body: Buffer, members: readonly JsonMember[]) => 'answer' | 'parts' | 'nothing'
  /** The ids, besides the answer's own, by which a client may refer to parts of an answer. */
  readonly givenIds?: (answer: JsonObject) => readonly string[]
  /**
   * Finds the marks of what a request brings back that only the account which sealed it can read, the newest first. The
   * marks of an answer are among its `givenIds`.
   */
  readonly findSealed?: (body: Buffer) => readonly string[]
  /** Reads a relayed stream without changing it. */
  readonly createTap: () => StreamTap
  /** Usage of a complete answer; undefined if it reports none. */
  readonly decodeUsage: (answer: JsonObject) => Usage | undefined
  /** The error in a complete answer whose status is a success. */
  readonly decodeFault?: (answer: JsonObject) => GatewayError | undefined
  /** Whether an answer is still in progress upstream. Its cost is reported to whoever retrieves it later. */
  readonly isPending?: (answer: JsonObject) => boolean
  /** The end of a complete answer, if it is not known to be regular. */
  readonly decodeEnding: (answer: JsonObject) => OddEnding | undefined
  /** What a complete answer says of itself. */
  readonly decodeFacts: (answer: JsonObject) => AnswerFacts
  /** Reads a failed answer of an upstream that speaks this protocol. `body` is any UTF-8 text, including HTML. */
  readonly decodeError: (failure: UpstreamFailure) => GatewayError
  /** Writes the body of a failed answer in this dialect. */
  readonly encodeError: (error: GatewayError, requestId: string) => EncodedError
  /** Writes the last event of a failed stream. `context` comes from the tap of a relayed stream. */
  readonly encodeStreamError: (
    error: GatewayError,
    requestId: string,
    context?: JsonObject,
  ) => ByteString
  /** Absent if the protocol is only relayed. */
  readonly codec?: Codec
  /** Absent if the protocol cannot count tokens. */
  readonly counting?: Counting
  /** Absent if the protocol cannot shorten a conversation. */
  readonly compaction?: Compaction
  /** Absent if the protocol has no background responses. */
  readonly background?: Background
}

export interface Reference {
  /**
   * `item`: replaces the item. `lookup`: an item without its content. `mention`: an item with content that may be
   * looked up nevertheless.
   */
  readonly kind: 'response' | 'thread' | 'conversation' | 'item' | 'lookup' | 'mention'
  readonly id: string
  /** The field that names it. */
  readonly param: string
  /** The span of that field. */
  readonly span: JsonSpan
}

/** How a client asks to have a conversation shortened. */
export interface Compaction {
  readonly toPath: (model: string) => string
  /** Converts such a request to the one whose answer is the summary. */
  readonly toRequest: (body: JsonObject) => JsonObject
  readonly encodeAnswer: (answer: JsonObject, body: JsonObject) => JsonObject
}

/** How a response is returned to a client that does not wait for it. */
export interface Background {
  readonly createId: (createdAtMs: number) => string
  /** The response before it is generated. */
  readonly promise: (id: string, answer: AnswerContext) => JsonObject
  /** Writes an event with the state of the response. */
  readonly encodeEvent: (
    name: 'created' | 'failed',
    sequence: number,
    answer: JsonObject,
  ) => ByteString
}

/** A span to cut out, or to replace with `json`. */
export interface ForeignSpan extends JsonSpan {
  readonly json?: string
}

/** How a client asks for the token count of a request. */
export interface Counting {
  readonly toPath: (model: string) => string
  /** Converts such a request to the one that is counted. */
  readonly toRequest: (body: JsonObject) => JsonObject
  readonly encodeCount: (tokens: number) => JsonObject
  readonly decodeCount: (answer: JsonObject) => number | undefined
}

/** The pure translators between a protocol and the vocabulary. */
export interface Codec {
  /**
   * Model and stream are in the body, even if the protocol has them in its path.
   * @throws GatewayError `invalid_request` with the field's path.
   */
  readonly decodeRequest: (body: JsonObject) => ModelRequest
  /** The part of a request that its answer repeats; absent if there is none. The rest is not kept until then. */
  readonly toRepeated?: (request: ModelRequest) => ModelRequest
  /** @throws GatewayError `invalid_request` if the target cannot do what is requested. */
  readonly encodeRequest: (request: ModelRequest, target: TargetTraits) => EncodedRequest
  /** Reads a stream. Input is the events' data and names; output always ends with message-end or error. */
  readonly decodeEvents: (undo: Undo) => (emit: (event: ModelEvent) => void) => AnswerDecoder
  /** Writes a stream of complete SSE events. The stream is always well-formed. */
  readonly encodeEvents: (answer: AnswerContext) => Translator<ModelEvent, ByteString>
  /** Reads an answer that was not streamed, as the events that would have streamed it. */
  readonly decodeMessage: (body: JsonObject, undo: Undo) => ModelEvent[]
  /** Writes an answer that is not streamed. */
  readonly encodeMessage: (message: ModelMessage, answer: AnswerContext) => JsonObject
}

export interface AnswerDecoder extends Translation<SseItem> {
  /** The upstream has reported how the answer ends; at most the end mark of the stream is missing. */
  isWhole?(): boolean
  /** The usage that the upstream has reported so far, for an answer that may stay incomplete. */
  usage(): Partial<Usage>
}

export interface SseItem {
  readonly data: ByteString
  /** `''` if the stream names none. */
  readonly event: ByteString
}

export interface UpstreamFailure {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly body: string
}

export interface EncodedError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: JsonObject
}

/** What a translator must know of the target model. The provider supplies it as data. */
export interface TargetTraits {
  readonly provider: string
  /** The model's name at the provider. */
  readonly model: string
  /** The most tokens that the model can write, if known. */
  readonly maxOutputTokens?: number
  /** How thinking is requested: by a word, by a number of tokens, or not at all. */
  readonly thinking?: 'adaptive' | 'budget' | 'none'
  /** Marks for its prompt cache are added to requests that have none (Messages). */
  readonly cacheMarks?: boolean
  /** Thinking cannot be switched off. */
  readonly alwaysThinks?: boolean
  /** The efforts that it knows, in ascending order; all of them if absent. */
  readonly efforts?: readonly Effort[]
  /** Whether a system message may follow a user's in the conversation. Absent: not in Messages, but in Chat. */
  readonly takesSystemTurns?: boolean
  /** How structured output is requested; `tool` means a forced tool call. Native if absent. */
  readonly structuredOutput?: 'native' | 'tool'
  /** What it cannot do. What is not here, it can do, or nobody knows. */
  readonly lacks?: readonly Ability[]
  /** The name of the output limit (Chat). */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** Protocols of its vendor that this model does not support; requests are translated to another one. */
  readonly refusedProtocols?: readonly ProtocolName[]
  /** Protocols that this model supports, but not with function tools. */
  readonly refusedWithTools?: readonly ProtocolName[]
  /** Fields of the request that this target refuses; they are left out and reported as dropped. */
  readonly refusedFields?: readonly string[]
  /** Keywords of a tool's or an answer's schema that this target refuses; they are left out and reported as dropped. */
  readonly refusedSchemaKeywords?: readonly string[]
  /** The field in which its own thoughts are returned to it (Chat). `reasoning_content` if absent. */
  readonly replayedReasoning?: 'reasoning_content' | 'reasoning' | 'none'
  /** A turn with tool calls must have thoughts, even if it has none of its own (Chat, Messages). */
  readonly wantsCallThoughts?: boolean
  /** Empty messages of the assistant are left out (Chat). */
  readonly refusesEmptyTurns?: boolean
  /** Ids of calls have exactly this many letters and digits (Chat). */
  readonly callIdLength?: number
  /** A user's message must not directly follow a tool's (Chat). */
  readonly wantsReplyToTools?: boolean
  /** The field of a final assistant message that asks the model to continue it (Chat). */
  readonly prefillField?: 'prefix' | 'partial'
  /** False if it refuses `stream_options` and reports the usage of a stream without being asked (Chat). */
  readonly takesStreamOptions?: boolean
  /** The range of thinking tokens that may be requested (Gemini). */
  readonly thinkingBudgets?: readonly [least: number, most: number]
  /** Every step of calls must have the signature of its thoughts (Gemini). */
  readonly wantsCallSignatures?: boolean
  /** A tool's result may hold images and files (Gemini). */
  readonly takesMediaInResults?: boolean
  /** It knows tools that take plain text (Chat). Otherwise they are sent as functions. */
  readonly takesFreeformTools?: boolean
  /** Added to `stream_options` of every translated stream (Chat). */
  readonly streamOptions?: JsonObject
}

/** Notes a field of the client that the target cannot carry, as the client spelt it. */
export type Drop = (name: string) => void

export interface EncodedRequest {
  readonly body: JsonObject
  /** Fields of the client that the target cannot represent, in the client's spelling, for `x-sluice-dropped`. */
  readonly dropped: readonly string[]
  /** The changes that the answer's decoder must undo. */
  readonly undo: Undo
}

/** Changes made to a request that must be undone in the answer. */
export interface Undo {
  /** Tool names that were changed: as sent -> as the client knows them. */
  readonly toolNames: ReadonlyMap<string, string>
  /** Freeform tools (by the client's name) that were sent as functions: their `{input}` is unwrapped again. */
  readonly freeformTools: ReadonlySet<string>
  /** Sequences that may end the answer, if the end can name the one that matched. */
  readonly stopSequences?: readonly string[]
  /** The structured answer was requested with a forced tool of this name: its arguments are the text. */
  readonly answerTool?: string
  /** The provider of the answer, for thoughts that must be returned to it. */
  readonly provider?: string
}

export const NOTHING_TO_UNDO: Undo = { toolNames: new Map(), freeformTools: new Set() }

/** What an encoder of answers must know. */
export interface AnswerContext {
  /** The name that the client asked for; the answer contains it. */
  readonly model: string
  readonly provider: string
  /** An estimate, for protocols that report the input's size before the upstream does. */
  readonly inputTokens: number
  readonly usageInStream: boolean
  readonly createdAtMs: number
  /** The id under which the answer was announced; otherwise the encoder creates one. */
  readonly id?: string
  /** The request, as far as the protocol's answers repeat it. */
  readonly request?: ModelRequest
  /** Called once with the complete answer in the client's protocol, if it is to be stored. */
  readonly remember?: (answer: JsonObject) => void
}

/** Watches relayed bytes. */
export interface StreamTap {
  push(bytes: ByteString): void
  /** No more bytes follow. */
  end(): void
  /** Something of the answer has arrived: more than comments, failures and events that only announce it. */
  readonly started: boolean
  /** The stream has reported that it is complete. */
  readonly finished: boolean
  /** The failure that the stream reported. */
  readonly error: GatewayError | undefined
  /**
   * The position, in the bytes that were pushed last, of an error that clients would not recognise. `start` is
   * undefined if the error started in earlier bytes.
   */
  readonly foreignError: { readonly start: number | undefined; readonly end: number } | undefined
  /** The end of the answer, if it is not known to be regular. */
  readonly ending: OddEnding | undefined
  /** What the answer has said of itself so far. */
  readonly facts: AnswerFacts | undefined
  /** An event has arrived in part. */
  readonly midEvent: boolean
  /** The size of an incomplete event. */
  readonly heldBytes: number
  /** As reported so far. */
  readonly usage: Partial<Usage>
  /** Characters of text, thoughts and arguments seen so far, for an estimate if the upstream reports no usage. */
  readonly outputCharacters: number
  /** Takes the ids, new since the last call, by which the client may refer to what the stream gave it. */
  readonly takeGivenIds?: () => readonly string[]
  /** The fields that an event added at the end must agree with, in a protocol that requires it. */
  readonly context?: JsonObject | undefined
}
