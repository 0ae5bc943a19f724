/** Sends a request to the worker that knows the earlier response which it names, and its answer to the client. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '#access'
import { filterHeaders, findMember, type JsonSpan } from '#streams'

const { request: send } = process.getBuiltinModule('node:http')

export interface Peers {
  /** Where the worker listens for others that knows this response of the caller. Undefined: none does. */
  locate(caller: Caller, id: string): Promise<string | undefined>
}

/** It counts only on the socket for workers, which nobody else can reach. */
const ADDRESS = 'x-sluice-client-address'

/** They are about the body as it arrived, or about the connection. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  ADDRESS,
])

/**
 * @param path of the worker's socket.
 * @param body as it was read here.
 * @returns false if that worker cannot be reached: nothing was sent then.
 */
export const handOver = (
  path: string,
  { method, url, rawHeaders, socket }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<boolean> =>
  new Promise((resolve) => {
    const headers = [
      ...withoutHeaders(rawHeaders, NOT_SENT),
      'content-length',
      `${body.length}`,
      ADDRESS,
      socket.remoteAddress ?? '',
    ]
    const sent = send({ socketPath: path, method, path: url, headers, agent: false })
    sent.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, withoutHeaders(answer.rawHeaders, NOT_OURS))
      answer.once('error', () => response.destroy())
      answer.pipe(response)
      resolve(true)
    })
    sent.once('error', () => {
      const isSent = sent.socket?.connecting === false && !sent.socket.pending
      // It may have begun to serve the call: another one must not.
      if (isSent) response.destroy()
      resolve(isSent)
    })
    response.once('close', () => sent.destroy())
    sent.end(body)
  })

/** The client's connection has its own. */
const NOT_OURS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding'])

const withoutHeaders = (raw: readonly string[], names: ReadonlySet<string>): string[] =>
  filterHeaders(raw, (name) => !names.has(name.toLowerCase()))

/** On the socket for workers: the client is the one that the other worker has. */
export const takeFromPeer = (request: IncomingMessage): void => {
  const address = request.headers[ADDRESS]
  Object.defineProperty(request.socket, 'remoteAddress', { value: address })
  delete request.headers[ADDRESS]
  request.rawHeaders = filterHeaders(request.rawHeaders, (name) => name.toLowerCase() !== ADDRESS)
}

const FIELD = 'previous_response_id'

/** Longer than any id. */
const MOST_CHARACTERS = 300

/** The earlier response that a request names. Undefined if it names none, or cannot be read. */
export const findPreviousId = (body: Buffer, maxDepth: number): string | undefined => {
  // Most requests name none.
  if (!body.includes(FIELD)) return undefined
  const span = findSpan(body, maxDepth)
  if (!span || span.end - span.start > MOST_CHARACTERS) return undefined
  return /^"([^"\\]+)"$/.exec(body.toString('latin1', span.start, span.end))?.[1]
}

const findSpan = (body: Buffer, maxDepth: number): JsonSpan | undefined => {
  try {
    return findMember(body, FIELD, maxDepth)
  } catch {
    // The call refuses it.
    return undefined
  }
}
