/**
 * Reads the variables that all programs with OpenTelemetry share. They may be set for others, so a value that Sluice
 * cannot use is ignored with a notice.
 */
import { SAMPLERS, type SamplerName } from '#telemetry'
import { baseUrlFault } from '../base-url.ts'
import { HEADER_NAME, toReceiver } from '../receiver.ts'

export interface OtelSettings {
  /** The complete address to which spans are sent. */
  readonly endpoint: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string | undefined
  readonly resource: Readonly<Record<string, string>>
  readonly sampler: SamplerName | undefined
  readonly ratio: number | undefined
  readonly isDisabled: boolean
  /** What was ignored, and why. */
  readonly notices: readonly string[]
}

type Read = (name: string) => string | undefined

export const readOtelVariables = (read: Read): OtelSettings => {
  const notices: string[] = []
  const ignore = (name: string, why: string): void =>
    void notices.push(`${name} ${why}, and is ignored.`)
  const headersName = firstOf(read, [
    'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
    'OTEL_EXPORTER_OTLP_HEADERS',
  ])
  const { 'service.name': named, ...resource } = toPairs('OTEL_RESOURCE_ATTRIBUTES', read, ignore)
  if (/^grpc$/i.test(read('OTEL_EXPORTER_OTLP_PROTOCOL') ?? ''))
    ignore('OTEL_EXPORTER_OTLP_PROTOCOL', 'asks for gRPC, while Sluice sends OTLP over HTTP')
  return {
    endpoint: toEndpoint(read, ignore),
    headers: toHeaders(headersName, toPairs(headersName, read, ignore), ignore),
    serviceName: read('OTEL_SERVICE_NAME') ?? named,
    resource,
    sampler: toSampler(read('OTEL_TRACES_SAMPLER'), ignore),
    ratio: toRatio(read('OTEL_TRACES_SAMPLER_ARG'), ignore),
    isDisabled:
      read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' ||
      read('OTEL_TRACES_EXPORTER')?.toLowerCase() === 'none',
    notices,
  }
}

type Ignore = (name: string, why: string) => void

const toEndpoint = (read: Read, ignore: Ignore): string | undefined => {
  const own = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  const name = firstOf(read, [own, 'OTEL_EXPORTER_OTLP_ENDPOINT'])
  const address = read(name)
  if (address === undefined) return undefined
  const fault = baseUrlFault(address)
  if (fault) return void ignore(name, fault)
  return name === own ? address : toReceiver(address)
}

const firstOf = (read: Read, [first, second]: readonly [string, string]): string =>
  read(first) === undefined ? second : first

/** As in W3C baggage: `name=value,name=value`, with escapes of URLs. */
const toPairs = (name: string, read: Read, ignore: Ignore): Record<string, string> => {
  try {
    const pairs = (read(name) ?? '')
      .split(',')
      .filter((pair) => pair.trim() !== '')
      .map((pair): [string, string] => {
        const at = pair.indexOf('=')
        if (at < 1) throw new TypeError('no pair')
        const [key, value] = [pair.slice(0, at), pair.slice(at + 1)]
        return [decodeURIComponent(key.trim()), decodeURIComponent(value.trim())]
      })
    return Object.fromEntries(pairs)
  } catch {
    ignore(name, 'must be a list such as name=value,name=value')
    return {}
  }
}

const toHeaders = (
  variable: string,
  headers: Readonly<Record<string, string>>,
  ignore: Ignore,
): Record<string, string> => {
  const sound = Object.entries(headers).filter(
    ([name, value]) => HEADER_NAME.test(name) && /^[\x20-\x7E]*$/.test(value),
  )
  if (sound.length < Object.keys(headers).length)
    ignore(variable, 'has a header that cannot be sent')
  return Object.fromEntries(sound)
}

const toSampler = (text: string | undefined, ignore: Ignore): SamplerName | undefined => {
  const found = SAMPLERS.find((name) => name === text?.toLowerCase())
  if (text !== undefined && !found)
    ignore('OTEL_TRACES_SAMPLER', `is none of ${SAMPLERS.join(', ')}`)
  return found
}

const toRatio = (text: string | undefined, ignore: Ignore): number | undefined => {
  if (text === undefined) return undefined
  const ratio = /^\d{1,3}(?:\.\d{1,12})?$/.test(text) ? Number(text) : Number.NaN
  if (ratio >= 0 && ratio <= 1) return ratio
  return void ignore('OTEL_TRACES_SAMPLER_ARG', 'must be a number from 0 to 1')
}
