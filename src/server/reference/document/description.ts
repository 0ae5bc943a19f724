/** What is said of one route. */
import type { PublishedName } from '#chat'
import type { JsonObject } from '#model'
import type { ParameterName } from '../../resources/parameters.ts'

export interface Description {
  /** A few words: `Lists sessions`. */
  readonly summary: string
  /** Markdown. */
  readonly details?: string
  /** Of the body. Absent: there is none. */
  readonly body?: PublishedName
  /** A body that the route takes. */
  readonly example?: JsonObject
  /** Values of parameters in the example. All others are left out of it. */
  readonly asks?: Readonly<Partial<Record<ParameterName, string>>>
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerDescription>>
  /** The WebSocket that has the same. */
  readonly socket?: { readonly path: string; readonly sends: PublishedName }
  /** Its body is a file. */
  readonly takesFile?: boolean
  /** It starts a run, or may have to wait for one. */
  readonly runs?: boolean
}

export interface AnswerDescription {
  readonly text: string
  readonly schema?: PublishedName
  /** Of answers that are not JSON, or not always. */
  readonly types?: readonly string[]
  /** What each of its events is. */
  readonly events?: PublishedName
}
