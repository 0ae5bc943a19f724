/** Everything in the configuration that must not be shown. */
import { textOf } from '#access'
import { langchainSecrets } from '#providers'
import { urlSecrets } from '#stores'
import { createLogRedactor, createRedactor, type Redact, traceSecrets } from '#telemetry'
import { proxySecrets } from '#transport'
import type { AppOptions } from './options.ts'

export const secretsOf = (options: AppOptions): readonly string[] => [
  ...options.keys.map(textOf),
  ...(options.adminKeys ?? []),
  ...(options.jwt && 'secret' in options.jwt.verifiedBy ? [options.jwt.verifiedBy.secret] : []),
  ...options.providers.flatMap(({ apiKey, apiKeys = [] }) =>
    apiKey ? [apiKey, ...apiKeys] : apiKeys,
  ),
  ...(options.langchain ?? []).flatMap(langchainSecrets),
  ...urlSecrets(options.redisUrl),
  ...urlSecrets(options.rows?.databaseUrl),
  ...proxySecrets(options.proxy),
  ...(options.traces ? traceSecrets(options.traces) : []),
]

/** The secrets of the configuration in use, and of earlier ones that calls still use. */
export interface Secrets {
  /** @returns a function that forgets them. */
  add(secrets: readonly string[]): () => void
  /** For what clients receive. */
  readonly redact: Redact
  /** For what operators see. */
  readonly redactLog: Redact
}

export const createSecrets = (): Secrets => {
  const known = new Set<readonly string[]>()
  let redact = createRedactor([])
  let redactLog = createLogRedactor([])
  let version = 0

  const build = (): void => {
    version++
    const all = [...new Set([...known].flat())]
    redact = createRedactor(all)
    redactLog = createLogRedactor(all)
  }

  return {
    add(secrets) {
      known.add(secrets)
      build()
      return () => {
        if (known.delete(secrets)) build()
      }
    },
    redact: (text) => redact(text),
    redactLog: Object.defineProperty((text: string) => redactLog(text), 'version', {
      get: () => version,
    }),
  }
}
