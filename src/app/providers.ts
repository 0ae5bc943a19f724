/** The providers that are configured. */
import { createVendorProvider, demo, langchain, type Provider } from '#providers'
import type { Log } from '#telemetry'
import type { Transport } from '#transport'
import type { AppOptions } from './options.ts'

export const createProviders = (
  options: AppOptions,
  transport: Transport,
  log: Log,
): readonly Provider[] => [
  ...options.providers.map(({ vendor, ...rest }) =>
    createVendorProvider(vendor, {
      ...rest,
      transport,
      onKeyRest: ({ position, reason, restMs }) =>
        log.warn({ provider: rest.name, key: position, restMs }, `a key is ${reason}, and rests`),
    }),
  ),
  ...(options.langchain ?? []).map(langchain),
  ...(options.demo ? [demo(options.demo)] : []),
]
