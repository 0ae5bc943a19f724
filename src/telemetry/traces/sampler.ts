/** Decides which traces are recorded. */
import type { Sampler } from '@opentelemetry/sdk-trace-base'
import type { Sdk } from './load-sdk.ts'
import type { TraceOptions } from './trace-options.ts'

export const createSampler = (
  { trace }: Pick<Sdk, 'trace'>,
  { sampler, ratio }: Pick<TraceOptions, 'sampler' | 'ratio'>,
): Sampler => {
  const [, isParentBased, name] = /^(parentbased_)?(.+)$/.exec(sampler) ?? []
  const root =
    name === 'always_off'
      ? new trace.AlwaysOffSampler()
      : name === 'traceidratio'
        ? new trace.TraceIdRatioBasedSampler(ratio)
        : new trace.AlwaysOnSampler()
  return isParentBased ? new trace.ParentBasedSampler({ root }) : root
}
