/** The cache of answers, from the file. */
import type { AppOptions } from '#app'
import { ConfigError } from '../config-error.ts'
import { DEFAULTS } from '../defaults.ts'
import type { FileSettings } from '../schema/index.ts'

/** @throws ConfigError */
export const toCache = (
  file: FileSettings['cache'],
  redisUrl: string | undefined,
): Pick<AppOptions, 'cache'> => {
  if (!file) return {}
  const store = file.store ?? DEFAULTS.cache.store
  if (store === 'redis' && redisUrl === undefined)
    throw new ConfigError("cache.store is 'redis', so Sluice needs a Redis: set REDIS_URL.")
  return {
    cache: {
      store,
      maxBytes: file.max_bytes ?? DEFAULTS.cache.maxBytes,
      ttlMs: file.ttl_ms ?? DEFAULTS.cache.ttlMs,
    },
  }
}
