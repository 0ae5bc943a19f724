/** The limits of callers, from the file. */
import type { CallerLimits, CallLimits } from '#access'
import type { FileSettings } from '../schema/index.ts'
import { withoutUndefined } from '../without-undefined.ts'

type FileKey = Exclude<NonNullable<FileSettings['keys']>[number], string>
type FileLimits = NonNullable<FileKey['limits']>

/** From the spelling of the file. */
export const toCallerLimits = ({ models, ...limits }: FileLimits): CallerLimits =>
  withoutUndefined({
    ...toCallLimits(limits),
    models:
      models &&
      Object.fromEntries(
        Object.entries(models).map(([pattern, each]) => [pattern, toCallLimits(each)]),
      ),
  })

const toCallLimits = (limits: Omit<FileLimits, 'models'>): CallLimits =>
  withoutUndefined({
    windowMs: limits.window_ms,
    windowRequests: limits.window_requests,
    streamingPerMinute: limits.streaming_per_minute,
    requestsPerMinute: limits.requests_per_minute,
    burst: limits.burst,
    tokensPerMinute: limits.tokens_per_minute,
    concurrentStreams: limits.concurrent_streams,
  })
