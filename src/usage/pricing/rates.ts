/** The prices of one model. */

/** US dollars for a million tokens of each kind. A kind that is left out costs what `input` or `output` costs. */
export interface Rates {
  readonly input?: number
  readonly cacheRead?: number
  /** For five minutes, and for an hour. */
  readonly cacheWrite?: number
  readonly cacheWrite1h?: number
  readonly audioInput?: number
  readonly audioCacheRead?: number
  readonly imageInput?: number
  readonly imageCacheRead?: number
  readonly output?: number
  readonly reasoning?: number
  readonly audioOutput?: number
  readonly imageOutput?: number
  /** US dollars for one call, in addition to its tokens. */
  readonly call?: number
  /** US dollars for a thousand searches, in addition to their tokens. */
  readonly webSearch?: number
  readonly fileSearch?: number
}

/** What is charged beside tokens. */
export type Fee = 'call' | 'webSearch' | 'fileSearch'

export const FEES: ReadonlySet<string> = new Set<Fee>(['call', 'webSearch', 'fileSearch'])

export type Rate = keyof Rates
