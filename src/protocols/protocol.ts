/** What a language of model APIs must be able to say. One folder each, all with the same file names. */
import type {
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
  /** Where calls go, below a base URL: `/chat/completions`. Some protocols name model and stream there. */
  readonly toPath: (model: string, stream: boolean) => string
  /** False where clients stumble over comments in a stream. */
  readonly commentsInStream?: boolean
  /** False where clients stumble over errors in a stream: one of an upstream's is not relayed either. */
  readonly errorsInStream?: boolean
  /** Headers without which an upstream refuses a request, for clients that sent none. */
  readonly requiredHeaders?: Readonly<Record<string, string>>
  /** Places of a relayed request that must not reach an upstream: they mean something to us alone. */
  readonly findForeign?: (body: Buffer) => readonly ForeignSpan[]
  /**
   * What a request names by its id alone, for its upstream to look up. Absent where the protocol keeps nothing.
   *
   * @param isExact every spelling is found, and not only the usual ones.
   * @throws GatewayError `invalid_request` where readers may differ on what is named.
   */
  readonly findReferences?: (
    body: Buffer,
    members: readonly JsonMember[],
    isExact: boolean,
  ) => readonly Reference[]
  /** Whether an upstream keeps the answer to a request, or only parts of it that have ids of their own. */
  readonly keeps?: (body: Buffer, members: readonly JsonMember[]) => 'answer' | 'parts' | 'nothing'
  /** The ids by which a client may name what an answer gave to it, besides the answer's own. */
  readonly givenIds?: (answer: JsonObject) => readonly string[]
  /** Reads a relayed stream without changing it. */
  readonly createTap: () => StreamTap
  /** Usage of a whole answer; undefined where it tells none. */
  readonly decodeUsage: (answer: JsonObject) => Usage | undefined
  /** What failed, where a whole answer is an error though its status is a good one. */
  readonly decodeFault?: (answer: JsonObject) => GatewayError | undefined
  /** How a whole answer ended, where that is not known to be good. */
  readonly decodeEnding: (answer: JsonObject) => OddEnding | undefined
  /** A failed answer of an upstream that speaks this protocol. `body` is UTF-8 text of any kind, HTML too. */
  readonly decodeError: (failure: UpstreamFailure) => GatewayError
  /** The body of a failed answer, in this dialect. */
  readonly encodeError: (error: GatewayError, requestId: string) => EncodedError
  /** The last event of a stream that failed. `context` is what the tap of a relayed stream holds. */
  readonly encodeStreamError: (
    error: GatewayError,
    requestId: string,
    context?: JsonObject,
  ) => ByteString
  /** Absent where a protocol is only relayed. */
  readonly codec?: Codec
  /** Absent where the protocol has no words for it. */
  readonly counting?: Counting
  /** Absent where no conversation can be made short. */
  readonly compaction?: Compaction
  /** Absent where every client waits for its answer. */
  readonly background?: Background
}

export interface Reference {
  /**
   * `item`: stands for the item. `lookup`: an item that lacks its content. `mention`: an item that has content
   * and may be looked up all the same.
   */
  readonly kind: 'response' | 'thread' | 'conversation' | 'item' | 'lookup' | 'mention'
  readonly id: string
  /** The field that names it. */
  readonly param: string
  /** Of what names it. */
  readonly span: JsonSpan
}

/** How a client asks for a conversation to be made short. */
export interface Compaction {
  readonly toPath: (model: string) => string
  /** The body of such a question, as the request whose answer is the summary. */
  readonly toRequest: (body: JsonObject) => JsonObject
  readonly encodeAnswer: (answer: JsonObject, body: JsonObject) => JsonObject
}

/** How an answer is promised to a client that does not wait for it. */
export interface Background {
  readonly createId: (createdAtMs: number) => string
  /** The answer before it is begun. */
  readonly promise: (id: string, answer: AnswerContext) => JsonObject
  /** An event that tells how far the answer is. */
  readonly encodeEvent: (
    name: 'created' | 'failed',
    sequence: number,
    answer: JsonObject,
  ) => ByteString
}

/** Left out, unless something stands for it. */
export interface ForeignSpan extends JsonSpan {
  readonly json?: string
}

/** How a client asks what a request would cost to read. */
export interface Counting {
  readonly toPath: (model: string) => string
  /** The body of such a question, as the request that is to be counted. */
  readonly toRequest: (body: JsonObject) => JsonObject
  readonly encodeCount: (tokens: number) => JsonObject
  readonly decodeCount: (answer: JsonObject) => number | undefined
}

/** The pure translators between a protocol and the vocabulary. */
export interface Codec {
  /**
   * Model and stream stand in the body, also where the protocol has them in its path.
   * @throws GatewayError `invalid_request` with the field's path.
   */
  readonly decodeRequest: (body: JsonObject) => ModelRequest
  /** What an answer repeats of its request; absent where that is nothing. The rest is not held until then. */
  readonly toRepeated?: (request: ModelRequest) => ModelRequest
  /** @throws GatewayError `invalid_request` where the target cannot do what is asked for. */
  readonly encodeRequest: (request: ModelRequest, target: TargetTraits) => EncodedRequest
  /** Reads a stream. Input is the events' data and names; ends with message-end or error in every case. */
  readonly decodeEvents: (undo: Undo) => (emit: (event: ModelEvent) => void) => AnswerDecoder
  /** Writes a stream: whole SSE events. Cannot write an illegal one. */
  readonly encodeEvents: (answer: AnswerContext) => Translator<ModelEvent, ByteString>
  /** Reads an answer that was not streamed, as the events that would have streamed it. */
  readonly decodeMessage: (body: JsonObject, undo: Undo) => ModelEvent[]
  /** Writes an answer that is not streamed. */
  readonly encodeMessage: (message: ModelMessage, answer: AnswerContext) => JsonObject
}

export interface AnswerDecoder extends Translation<SseItem> {
  /** The upstream has said how the answer ends: nothing but the mark of the stream's end is missing. */
  isWhole?(): boolean
  /** What the upstream has told so far of an answer that may never be whole. */
  usage(): Partial<Usage>
}

export interface SseItem {
  readonly data: ByteString
  /** `''` where the stream names none. */
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

/** What a translator must know of the model that a request goes to. Data of the provider. */
export interface TargetTraits {
  readonly provider: string
  /** The model's name there. */
  readonly model: string
  /** The most that the model can write, where known. */
  readonly maxOutputTokens?: number
  /** How thinking is asked for: by a word, by a number of tokens, or not at all. */
  readonly thinking?: 'adaptive' | 'budget' | 'none'
  /** Thinking cannot be switched off. */
  readonly alwaysThinks?: boolean
  /** The words that it knows for how hard to think, from little to much. All of them where absent. */
  readonly efforts?: readonly Effort[]
  /** A system message may stand behind a user's in the conversation (Anthropic; Chat: false where it may not). */
  readonly takesSystemTurns?: boolean
  /** How an answer in a schema is asked for; `tool`: by a tool that must be called with it. Native where absent. */
  readonly structuredOutput?: 'native' | 'tool'
  /** The name of the output limit (Chat). */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** Languages of its vendor's in which this model does not answer: it is translated to, instead. */
  readonly refusedProtocols?: readonly ProtocolName[]
  /** Languages in which this model answers, but takes no function tools. */
  readonly refusedWithTools?: readonly ProtocolName[]
  /** Fields of the request that this target refuses, left out and named as dropped. */
  readonly refusedFields?: readonly string[]
  /** Keywords of a tool's or an answer's schema that this target refuses, left out and named as dropped. */
  readonly refusedSchemaKeywords?: readonly string[]
  /** The field in which its own thoughts go back to it (Chat). `reasoning_content` where absent. */
  readonly replayedReasoning?: 'reasoning_content' | 'reasoning' | 'none'
  /** A turn that called tools must bring thoughts, where it has none of its own too (Chat, Messages). */
  readonly wantsCallThoughts?: boolean
  /** A message of the assistant's that says nothing is left out (Chat). */
  readonly refusesEmptyTurns?: boolean
  /** Ids of calls are letters and digits, exactly so many (Chat). */
  readonly callIdLength?: number
  /** A user's message may not stand directly behind a tool's (Chat). */
  readonly wantsReplyToTools?: boolean
  /** The field of a last message of the assistant's that asks for the rest of it (Chat). */
  readonly prefillField?: 'prefix' | 'partial'
  /** False where it knows no `stream_options`, and tells the usage of a stream unasked (Chat). */
  readonly takesStreamOptions?: boolean
  /** The least and the most tokens of thought that may be asked for (Gemini). */
  readonly thinkingBudgets?: readonly [least: number, most: number]
  /** Every step of calls must carry the signature of its thoughts (Gemini). */
  readonly wantsCallSignatures?: boolean
  /** A tool's result may hold images and files (Gemini). */
  readonly takesMediaInResults?: boolean
  /** It knows tools that take plain text (Chat). Where it does not, they are sent as functions. */
  readonly takesFreeformTools?: boolean
  /** Added to `stream_options` of every translated stream (Chat). */
  readonly streamOptions?: JsonObject
}

export interface EncodedRequest {
  readonly body: JsonObject
  /** Fields of the client that the target cannot carry, as the client spelt them, for `x-sluice-dropped`. */
  readonly dropped: readonly string[]
  /** What the answer's decoder must undo. */
  readonly undo: Undo
}

/** Changes made to a request on its way, to be undone in the answer. */
export interface Undo {
  /** Tool names that had to be changed: as sent -> as the client knows them. */
  readonly toolNames: ReadonlyMap<string, string>
  /** Freeform tools (by the client's name) that were sent as functions: their `{input}` is unwrapped again. */
  readonly freeformTools: ReadonlySet<string>
  /** That the answer may end at, where its end can say which one it was. */
  readonly stopSequences?: readonly string[]
  /** The structured answer was asked for by a forced tool of this name: its arguments are the text. */
  readonly answerTool?: string
  /** Who answers, where thoughts must find their way back. */
  readonly provider?: string
}

export const NOTHING_TO_UNDO: Undo = { toolNames: new Map(), freeformTools: new Set() }

/** What an encoder of answers must know. */
export interface AnswerContext {
  /** The name that the client asked for; the answer carries it. */
  readonly model: string
  readonly provider: string
  /** An estimate, for protocols that want the input's size before the upstream tells it. */
  readonly inputTokens: number
  readonly usageInStream: boolean
  readonly createdAtMs: number
  /** In place of one of the encoder's own: the answer was promised under it. */
  readonly id?: string
  /** What is answered, as far as the protocol's answers repeat it. */
  readonly request?: ModelRequest
  /** Told the whole answer once, in the client's protocol, where that is to be remembered. */
  readonly remember?: (answer: JsonObject) => void
}

/** Watches relayed bytes. */
export interface StreamTap {
  push(bytes: ByteString): void
  /** No more will come. */
  end(): void
  /** An event has come that is neither a comment nor a failure. */
  readonly started: boolean
  /** The stream said that it is whole. */
  readonly finished: boolean
  /** The stream told of a failure. */
  readonly error: GatewayError | undefined
  /**
   * Where the error stood that clients do not know for one, in the bytes that were pushed last. It has no start where
   * it began in bytes before them.
   */
  readonly foreignError: { readonly start: number | undefined; readonly end: number } | undefined
  /** How the answer ended, where that is not known to be good. */
  readonly ending: OddEnding | undefined
  /** Half an event has come. */
  readonly midEvent: boolean
  /** Of an event that is not complete yet. */
  readonly heldBytes: number
  /** As told so far. */
  readonly usage: Partial<Usage>
  /** Text, thoughts and arguments seen so far, for an estimate where the upstream tells no usage. */
  readonly outputCharacters: number
  /** Ids by which the client may name what the stream has given to it: those that came since the last call. */
  readonly takeGivenIds?: () => readonly string[]
  /** What an event that is added at the end must agree with, in a protocol where one must. */
  readonly context?: JsonObject | undefined
}
