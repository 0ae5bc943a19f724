/** Where calls are traced, from the file and the environment. */
import type { AppOptions } from '#app'
import type { OtelSettings } from '../../environment/otel-variables.ts'
import { DEFAULTS } from '../../defaults.ts'
import { toReceiver } from '../../receiver.ts'
import type { FileSettings } from '../../schema/index.ts'

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
    headers: withLowerCase(isOwn ? (file.headers ?? {}) : environment.headers),
    serviceName: file.service_name ?? environment.serviceName ?? DEFAULTS.traces.serviceName,
    resource: { ...environment.resource, ...file.resource },
    sampler: file.sampler ?? environment.sampler ?? DEFAULTS.traces.sampler,
    ratio: file.ratio ?? environment.ratio ?? DEFAULTS.traces.ratio,
    content: file.content ?? DEFAULTS.traces.content,
  }
}

const withLowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
