/** What an operator decides about traces. */

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

export type SamplerName = (typeof SAMPLERS)[number]

export interface TraceOptions {
  /** The complete address to which spans are sent. */
  readonly endpoint: string
  /** They may hold a token. */
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
  /** What else describes this process. */
  readonly resource: Readonly<Record<string, string>>
  readonly sampler: SamplerName
  /** The part of all traces that a sampler by ratio takes. */
  readonly ratio: number
  /** Whether spans contain prompts and answers. */
  readonly content: boolean
}

/** The parts of a header that no log and no span may show: the value, and a token in it. */
export const traceSecrets = ({ headers }: Pick<TraceOptions, 'headers'>): string[] =>
  Object.values(headers).flatMap((value) => [value, ...(/^\w+ (\S+)$/.exec(value)?.slice(1) ?? [])])
