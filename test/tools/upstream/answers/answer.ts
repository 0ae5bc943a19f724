/** The answer of a scripted model, independent of any protocol. */

export type ProtocolName =
  | 'chat'
  | 'responses'
  | 'messages'
  | 'gemini'
  | 'completions'
  | 'embeddings'

export interface ToolCallPart {
  toolCall: {
    name: string
    arguments: string
    id?: string
    custom?: boolean
    namespace?: string
  }
}

export type Part =
  | { text: string }
  | { reasoning: string }
  | { redacted: true }
  | { refusal: string }
  | ToolCallPart

export type Stop =
  | 'stop'
  | 'length'
  | 'content_filter'
  | 'stop_sequence'
  | 'tool_calls'
  | 'pause_turn'
  | 'context_exceeded'

/** `input` counts the complete prompt, including cache reads and writes, and `cacheWrite` those for an hour. */
export interface AnswerUsage {
  input: number
  output: number
  cacheRead?: number
  cacheWrite?: number
  cacheWrite1h?: number
  reasoning?: number
  audioInput?: number
  audioOutput?: number
}

export interface RawBytes {
  rawBytes: Buffer[]
  contentType?: string
  status?: number
}

export type Fault =
  | { status: number; body?: string | object; headers?: Record<string, string> }
  | { cutAfterEvents: number }
  | { endAfterEvents: number }
  | { stallAfterEvents: number }
  | { garbleAfterEvents: number }
  | { errorAfterEvents: number; type?: string; message?: string }
  | { html: number }
  | { resetBeforeAnswer: true }
  | { neverAnswer: true }
  | RawBytes

export interface Answer {
  parts?: Part[]
  /** By default what the parts imply. */
  stop?: Stop
  usage?: AnswerUsage
  /** In place of `usage`: the vendor's own object, as it documents it. */
  rawUsage?: Record<string, unknown>
  /** Items that a response has before its parts, such as those of the vendor's tools. */
  items?: Record<string, unknown>[]
  /** What a Gemini candidate says of its sources. */
  grounding?: object
  /** The tier at which it was served, if not the usual one. */
  serviceTier?: string
  /** How many deltas each part is split into; by default one for every eight characters. */
  pieces?: number
  paceMs?: number
  delayMs?: number
  headers?: Record<string, string>
  fault?: Fault
}

/** What the model receives about a call before it answers. */
export interface ReplyCall {
  protocol: ProtocolName
  body: Record<string, unknown>
  lastUserText: string
  toolResults: string[]
}

export type Reply = (call: ReplyCall) => Answer

export const isToolCall = (part: Part): part is ToolCallPart => 'toolCall' in part

export const stopOf = ({ stop, parts = [] }: Answer): Stop =>
  stop ?? (parts.some(isToolCall) ? 'tool_calls' : 'stop')
