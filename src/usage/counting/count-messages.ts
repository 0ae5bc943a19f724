/** The messages between the server's thread and the counting thread, one slice at a time. */
import type { EncodingName } from '../model-encoding.ts'

export interface CountQuestion {
  readonly encoding: EncodingName
  readonly texts: readonly string[]
  readonly pdfs: readonly string[]
}

export interface CountReply {
  readonly tokens: number
}
