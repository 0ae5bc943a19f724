/** The address of a receiver of traces, and its headers. */

const PATH = '/v1/traces'

/** What a header may be called (RFC 9110, 5.1). */
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** To which spans are sent: below the address of a receiver, unless it is that already. */
export const toReceiver = (address: string): string => {
  const base = address.replace(/\/+$/, '')
  return base.endsWith(PATH) ? base : base + PATH
}
