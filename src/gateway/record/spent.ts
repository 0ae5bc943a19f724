/** What the upstream told, and what was seen pass for where it did not. */
import type { Usage } from '#model'
import type { OddEnding } from '#protocols'

export interface Spent {
  readonly usage: { readonly [field in keyof Usage]?: Usage[field] | undefined }
  readonly outputCharacters: number
  /** How the answer ended, where that is not known to be good. */
  readonly ending?: OddEnding | undefined
}
