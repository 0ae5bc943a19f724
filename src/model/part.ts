/** What a turn is made of. */
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
  /** The id of a file that was uploaded to the vendor whose protocol this is. */
  | { readonly kind: 'upload'; readonly id: string; readonly protocol: ProtocolName }

interface Cacheable {
  /** A prompt-cache mark as Anthropic spells it; protocols without marks drop it. */
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

/** What the model thought before it spoke. */
export interface ReasoningPart {
  readonly kind: 'reasoning'
  readonly text: string
  /** Proof of origin; only the vendor that made it can check it. */
  readonly signature?: string
  /** Thoughts that only their vendor can read, in place of text. */
  readonly redacted?: string
}

export interface ToolCallPart extends Cacheable {
  readonly kind: 'tool-call'
  readonly id: string
  readonly name: string
  /** JSON text of an object, exactly as the model wrote it; for a freeform tool, plain text. */
  readonly arguments: string
  readonly freeform?: boolean
}

export interface ToolResultPart extends Cacheable {
  readonly kind: 'tool-result'
  readonly callId: string
  readonly parts: readonly Part[]
  readonly isError?: boolean
}

/** A tool that was searched for and found: its definition is to be loaded from the request's tools. */
export interface ToolReferencePart {
  readonly kind: 'tool-reference'
  readonly name: string
}

export interface RefusalPart {
  readonly kind: 'refusal'
  readonly text: string
}

/** A block that has a meaning only in its own protocol, such as a server tool's result. */
export interface NativePart {
  readonly kind: 'native'
  readonly protocol: ProtocolName
  readonly value: unknown
}

/** A place in a source that a text leans on. */
export interface Citation {
  readonly url?: string
  readonly title?: string
  readonly quote?: string
  /** Where in the text it stands, in characters. */
  readonly start?: number
  readonly end?: number
  /** The citation as its own protocol wrote it. */
  readonly native?: { readonly protocol: ProtocolName; readonly value: unknown }
}
