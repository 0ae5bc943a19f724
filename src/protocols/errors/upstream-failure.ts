/** Reads why an upstream refused or failed, in any vendor's form. */
import { type ErrorCode, GatewayError, type JsonObject, parseJson } from '#model'
import { headerOf } from '#streams'
import { toResetWaitMs } from './limit-headers.ts'
import type { UpstreamFailure } from '../protocol.ts'
import { toVendorError, type VendorError } from './vendor-error.ts'

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

/** The error code for the status of a failed answer. */
export const toUpstreamCode = (status: number): ErrorCode =>
  CODES[status] ?? (status >= 400 && status < 500 ? 'upstream_rejected' : 'upstream_failed')

/** Longer than any vendor's message; an HTML page is cut. */
const MAX_MESSAGE_CHARACTERS = 4096

/** The time to wait, from `retry-after-ms`, or from `retry-after` in seconds or as a date. */
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
  const vendor = toVendorError(parseJson(body))
  const text = body.trim().slice(0, MAX_MESSAGE_CHARACTERS)
  const retryAfterMs =
    toRetryAfterMs(rawHeaders) ?? (status === 429 ? toResetWaitMs(rawHeaders) : undefined)
  return new GatewayError(
    toUpstreamCode(status),
    vendor.message ?? (text === '' ? `The upstream answered with status ${status}.` : text),
    {
      // A redirect, for example, is not an answer, and the client must not follow it.
      status: status >= 400 ? status : 502,
      upstream: failure,
      ...toDetails(vendor),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  )
}

const toDetails = ({ type, code, param }: VendorError) => ({
  ...(type === undefined ? {} : { vendorType: type }),
  ...(code === undefined ? {} : { vendorCode: code }),
  ...(param === undefined ? {} : { param }),
})

/** The retry headers for the client, with the upstream's own values if it sent any. */
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

/** An error inside a stream, with the status that its dialect assigns to it. */
export const toStreamError = (event: JsonObject, status: number): GatewayError => {
  const vendor = toVendorError(event)
  return new GatewayError(
    toUpstreamCode(status),
    vendor.message ?? 'The upstream broke off its answer with an error.',
    {
      status,
      upstream: { status, rawHeaders: [], body: JSON.stringify(event) },
      ...toDetails(vendor),
    },
  )
}

export const brokenStream = (): GatewayError =>
  new GatewayError('upstream_broken', 'The upstream closed the stream before its answer was whole.')

export const unreadable = (): GatewayError =>
  new GatewayError(
    'upstream_invalid',
    'The upstream sent something that its protocol does not know.',
  )

export const invalidArguments = (): GatewayError =>
  new GatewayError(
    'upstream_invalid',
    'The upstream called a tool with arguments that are no JSON object.',
  )
