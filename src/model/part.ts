/** The parts of a turn. */
import type { ProtocolName } from './names/protocol-name.ts'

export type Part =
  | TextPart
  | ImagePart
  | FilePart
  | AudioPart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  | ToolReferencePart
  | RefusalPart
  | NativePart

/** Where the bytes of an image, a file or a sound are. */
export type Source =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }
  /** The id of a file that was uploaded to the vendor of this protocol. */
  | { readonly kind: 'upload'; readonly id: string; readonly protocol: ProtocolName }

interface Cacheable {
  /** A prompt-cache marker as Anthropic spells it. Protocols without such markers drop it. */
  readonly cacheControl?: unknown
}

export interface TextPart extends Cacheable {
  readonly kind: 'text'
  readonly text: string
  readonly citations?: readonly Citation[]
}

export interface ImagePart extends Cacheable {
  readonly kind: 'image'
  readonly source: Source
  readonly detail?: string
}

export interface FilePart extends Cacheable {
  readonly kind: 'file'
  readonly source: Source | { readonly kind: 'text'; readonly text: string }
  readonly name?: string
}

export interface AudioPart {
  readonly kind: 'audio'
  /** Base64. */
  readonly data: string
  /** `wav`, `mp3`. */
  readonly format: string
}

/** What the model thought before it answered. */
export interface ReasoningPart {
  readonly kind: 'reasoning'
  readonly text: string
  /** Proof of origin, which only the vendor that made it can check. */
  readonly signature?: string
  /** Encrypted thoughts that only their vendor can read, in place of text. */
  readonly redacted?: string
}

export interface ToolCallPart extends Cacheable {
  readonly kind: 'tool-call'
  readonly id: string
  readonly name: string
  /** JSON text of an object, exactly as the model wrote it. For a freeform tool: plain text. */
  readonly arguments: string
  readonly freeform?: boolean
}

export interface ToolResultPart extends Cacheable {
  readonly kind: 'tool-result'
  readonly callId: string
  readonly parts: readonly Part[]
  readonly isError?: boolean
}

/** A tool that a search found. Its definition is loaded from the tools of the request. */
export interface ToolReferencePart {
  readonly kind: 'tool-reference'
  readonly name: string
}

export interface RefusalPart {
  readonly kind: 'refusal'
  readonly text: string
}

/** A block that only its own protocol has, such as the result of a server tool. */
export interface NativePart {
  readonly kind: 'native'
  readonly protocol: ProtocolName
  readonly value: unknown
}

/** A place in a source that supports a text. */
export interface Citation {
  readonly url?: string
  readonly title?: string
  readonly quote?: string
  /** Its position in the text, in characters. */
  readonly start?: number
  readonly end?: number
  /** The citation as its own protocol writes it. */
  readonly native?: { readonly protocol: ProtocolName; readonly value: unknown }
}
