/** The address of a receiver of traces. */

const PATH = '/v1/traces'

/** To which spans are sent: below the address of a receiver, unless it is that already. */
export const toReceiver = (address: string): string => {
  const base = address.replace(/\/+$/, '')
  return base.endsWith(PATH) ? base : base + PATH
}
