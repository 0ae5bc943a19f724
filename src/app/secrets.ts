/** Everything in the configuration that must not be shown. */
import { textOf } from '#access'
import { langchainSecrets } from '#providers'
import { urlSecrets } from '#stores'
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
]
