/** The network of the client that sent a request, if addresses are counted. */
import type { IncomingMessage } from 'node:http'
import type { FindNetwork } from '#access'

export const networkOf = (
  { socket, headers }: IncomingMessage,
  find: FindNetwork | undefined,
): string | undefined => {
  if (!find) return undefined
  const forwardedFor = headers['x-forwarded-for']
  // Node joins the values of several headers.
  return find(socket.remoteAddress, Array.isArray(forwardedFor) ? undefined : forwardedFor)
}
