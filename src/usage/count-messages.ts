/** What is said between the server's thread and the one that counts. */
import type { EncodingName } from './model-encoding.ts'

export interface CountQuestion {
  readonly id: number
  readonly encoding: EncodingName
  readonly texts: readonly string[]
  readonly pdfs: readonly string[]
}

export interface CountReply {
  readonly id: number
  readonly tokens: number
}
