/** Answers a request to become a WebSocket with something else, in plain HTTP. */
import type { Socket } from 'node:net'
import type { JsonObject } from '#model'

const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** @param headers names and values in turn. */
export const refuseUpgrade = (
  socket: Socket,
  status: number,
  body: JsonObject,
  headers: readonly string[] = [],
): void => {
  const bytes = Buffer.from(JSON.stringify(body))
  const all = [
    ...headers,
    'content-type',
    'application/json',
    'content-length',
    String(bytes.length),
    'connection',
    'close',
  ]
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n`
  for (let at = 0; at + 1 < all.length; at += 2) head += `${all[at]}: ${all[at + 1]}\r\n`
  socket.end(Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), bytes]))
}
