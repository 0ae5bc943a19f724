/** The chat backend, from the file. */
import type { AppOptions } from '#app'
import { DEFAULT_CHAT } from '#chat'
import { MAX_MS } from '../../largest.ts'
import type { FileSettings } from '../../schema/index.ts'
import { withoutUndefined } from '../../without-undefined.ts'
import { toMilliseconds } from './to-milliseconds.ts'

type FileChat = NonNullable<FileSettings['chat']>

export const toChat = (file: FileSettings['chat']): Pick<AppOptions, 'chat'> =>
  file
    ? {
        chat: withoutUndefined({
          model: file.model,
          titleModel: file.title_model,
          maxHistory: file.max_history,
          whenBusy: file.when_busy,
          abandonAfterMs: toWait(file.abandon_after),
          expiresAfterMs: toOptional(file.expires_after),
          messageRate: toRate(file.message_rate),
        }),
      }
    : {}

const toOptional = (duration: string | undefined): number | undefined =>
  duration === undefined ? undefined : toMilliseconds(duration)

/** No timer waits longer. */
const toWait = (duration: string | undefined): number | undefined =>
  duration === undefined ? undefined : Math.min(toMilliseconds(duration), MAX_MS)

const toRate = (rate: FileChat['message_rate']) => {
  if (rate === undefined || rate === false) return rate
  const preset = DEFAULT_CHAT.messageRate || { perMinute: 20, burst: 5 }
  return { perMinute: rate.per_minute ?? preset.perMinute, burst: rate.burst ?? preset.burst }
}
