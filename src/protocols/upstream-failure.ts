/** Reads why an upstream refused or failed, whatever its vendor's shape is. */
import { type ErrorCode, GatewayError, isJsonObject, type JsonObject } from '#model'
import type { UpstreamFailure } from './protocol.ts'

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'upstream_denied',
  402: 'upstream_denied',
  403: 'upstream_denied',
  404: 'upstream_missing',
  408: 'upstream_timeout',
  429: 'upstream_rate_limited',
  503: 'upstream_overloaded',
  504: 'upstream_timeout',
  529: 'upstream_overloaded',
}

/** What the status of a failed answer means. */
export const toUpstreamCode = (status: number): ErrorCode =>
  CODES[status] ?? (status >= 400 && status < 500 ? 'upstream_rejected' : 'upstream_failed')

/** Enough for every message that a vendor writes; a page of HTML is cut. */
const MAX_MESSAGE_CHARACTERS = 4096

/** What an error object of any vendor says of itself. */
export interface VendorError {
  readonly message?: string
  readonly type?: string
  readonly code?: string
  readonly param?: string
}

const filled = (value: unknown): string | undefined => {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Reads `{error: {message}}`, `{error: "..."}`, `{message}`, `{detail}`; a list stands for its first entry. */
export const toVendorError = (body: unknown): VendorError => {
  if (Array.isArray(body)) return toVendorError(body[0])
  if (!isJsonObject(body)) return {}
  const inner = isJsonObject(body.error) ? body.error : body
  const details = isJsonObject(inner.details) ? inner.details : {}
  return defined({
    message: filled(inner.message) ?? filled(body.error) ?? toDetail(body.detail),
    type: inner === body ? undefined : filled(inner.type),
    code: filled(inner.code) ?? filled(details.error_code),
    param: filled(inner.param),
  })
}

const toDetail = (detail: unknown): string | undefined =>
  filled(detail) ?? (detail === undefined ? undefined : JSON.stringify(detail))

const defined = (fields: Record<keyof VendorError, string | undefined>): VendorError =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const parseBody = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The value of a header, by its name in lower case. */
export const headerOf = (rawHeaders: readonly string[], name: string): string | undefined => {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === name) return rawHeaders[at + 1]
  return undefined
}

/** How long to wait, from `retry-after-ms` or from `retry-after` in seconds or as a date. */
const toRetryAfterMs = (rawHeaders: readonly string[]): number | undefined => {
  const exact = Number.parseFloat(headerOf(rawHeaders, 'retry-after-ms') ?? '')
  if (exact >= 0) return exact
  const wanted = headerOf(rawHeaders, 'retry-after')
  if (wanted === undefined) return undefined
  const waitMs = /^\s*\d/.test(wanted)
    ? Number.parseFloat(wanted) * 1000
    : Date.parse(wanted) - Date.now()
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined
}

export const toUpstreamError = (failure: UpstreamFailure): GatewayError => {
  const { status, rawHeaders, body } = failure
  const vendor = toVendorError(parseBody(body))
  const text = body.trim().slice(0, MAX_MESSAGE_CHARACTERS)
  const retryAfterMs = toRetryAfterMs(rawHeaders)
  return new GatewayError(
    toUpstreamCode(status),
    vendor.message ?? (text === '' ? `The upstream answered with status ${status}.` : text),
    {
      // A redirect, say, is no answer either, and is not the client's to follow.
      status: status >= 400 ? status : 502,
      upstream: failure,
      ...(vendor.code === undefined ? {} : { vendorCode: vendor.code }),
      ...(vendor.type === undefined ? {} : { vendorType: vendor.type }),
      ...(vendor.param === undefined ? {} : { param: vendor.param }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  )
}

/** Advice on trying again, for the client. The upstream's own words stand where it gave any. */
export const toRetryHeaders = (error: GatewayError): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const name of ['retry-after', 'retry-after-ms', 'x-should-retry']) {
    const value = headerOf(error.upstream?.rawHeaders ?? [], name)
    if (value !== undefined) headers[name] = value
  }
  if (error.retryAfterMs !== undefined)
    headers['retry-after'] ??= String(Math.ceil(error.retryAfterMs / 1000))
  return headers
}

/** The object that a JSON text holds, as far as it is one. */
export const parseObject = (text: string): JsonObject | undefined => {
  const value = parseBody(text)
  return isJsonObject(value) ? value : undefined
}

/** An error that stood in a stream, whose dialect says which status it would have had. */
export const toStreamError = (event: JsonObject, status: number): GatewayError => {
  const { message, type, code, param } = toVendorError(event)
  return new GatewayError(
    toUpstreamCode(status),
    message ?? 'The upstream broke off its answer with an error.',
    {
      status,
      upstream: { status, rawHeaders: [], body: JSON.stringify(event) },
      ...(type === undefined ? {} : { vendorType: type }),
      ...(code === undefined ? {} : { vendorCode: code }),
      ...(param === undefined ? {} : { param }),
    },
  )
}

export const brokenStream = (): GatewayError =>
  new GatewayError('upstream_broken', 'The upstream closed the stream before its answer was whole.')

export const invalidArguments = (): GatewayError =>
  new GatewayError(
    'upstream_invalid',
    'The upstream called a tool with arguments that are no JSON object.',
  )
