/** Where calls are traced, from the file and the environment. */
import type { AppOptions } from '#app'
import type { OtelSettings } from '../../environment/otel-variables.ts'
import { toReceiver } from '../../receiver.ts'
import type { FileSettings } from '../../schema/index.ts'

const DEFAULT_SERVICE = 'sluice'
const DEFAULT_SAMPLER = 'parentbased_always_on'

/** Undefined: nowhere. Headers belong to their address, as a provider's key does. */
export const toTraces = (
  file: FileSettings['traces'] = {},
  environment: OtelSettings,
): AppOptions['traces'] => {
  const endpoint = file.endpoint === undefined ? environment.endpoint : toReceiver(file.endpoint)
  if (endpoint === undefined || environment.isDisabled) return undefined
  const isOwn = file.endpoint !== undefined || file.headers !== undefined
  return {
    endpoint,
    headers: isOwn ? withLowerCase(file.headers ?? {}) : environment.headers,
    serviceName: file.service_name ?? environment.serviceName ?? DEFAULT_SERVICE,
    resource: { ...environment.resource, ...file.resource },
    sampler: file.sampler ?? environment.sampler ?? DEFAULT_SAMPLER,
    ratio: file.ratio ?? environment.ratio ?? 1,
    content: file.content ?? false,
  }
}

const withLowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
