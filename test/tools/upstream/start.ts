/**
 * The scripted upstream: stands in for the vendors over real HTTP, refuses what they refuse, and says
 * what a test told it to say.
 */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Answer, Reply } from './answers/answer.ts'
import { deliver, sendJson } from './answers/delivery.ts'
import { followDirectives } from './answers/directives.ts'
import { DEFAULT_KEYS } from './keys.ts'
import type { UpstreamKeys } from './keys.ts'
import { createMemory } from './memory.ts'
import { readBody } from './requests/request-body.ts'
import { Refusal } from './answers/refusal.ts'
import { findRoute } from './routes.ts'
import type { RouteContext } from './routes.ts'
import { Replay, sendReplay } from './responses/visits.ts'
import { createSealer } from './answers/signatures.ts'
import { toReplyCall } from './requests/turns.ts'

export type { Answer, Part } from './answers/answer.ts'

export interface RecordedCall {
  method: string
  path: string
  query: string
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  rawBody: Buffer
  body: unknown
  /** The refusal's message, where the call was refused. */
  refused?: string
  /** The client went before the answer was finished. */
  closedEarly: boolean
  /** Bytes of a generated answer that the socket took so far. */
  bytesWritten: number
  closed: Promise<void>
}

export interface UpstreamOptions {
  port?: number
  reply?: Reply
  keys?: Partial<UpstreamKeys>
  now?: () => number
  /** Further model names that exist on both sides. */
  models?: string[]
  /** Further fields that chat messages may carry, as with vendors that go beyond OpenAI. */
  messageFields?: string[]
  /** Whether Anthropic threads are offered, as the newest SDK would like. */
  threads?: boolean
  /** An account of its own: it cannot read what another one has sealed. */
  account?: string
  onClosed?: (call: RecordedCall) => void
}

export interface Upstream {
  url: string
  calls: RecordedCall[]
  next(...answers: Answer[]): void
  openSockets(): number
  /** Closes the connections that wait for the next request. */
  closeIdle(): void
  close(): Promise<void>
}

/** Fresh ids that are the same in every run. */
const createIds = () => {
  let count = 0
  return (prefix: string, digits = 12) => {
    count += 1
    return prefix + String(count).padStart(digits, '0')
  }
}

export const startUpstream = async (options: UpstreamOptions = {}): Promise<Upstream> => {
  const { port = 0, reply = followDirectives, now = Date.now } = options
  const calls: RecordedCall[] = []
  const queue: Answer[] = []
  const sockets = new Set<Socket>()
  /** Broken off from this side, as a fault asked. */
  const hungUp = new WeakSet<ServerResponse>()
  const createId = createIds()
  const context: RouteContext = {
    keys: { ...DEFAULT_KEYS, ...options.keys },
    memory: createMemory(),
    sealer: createSealer(options.account),
    models: options.models ?? [],
    messageFields: options.messageFields ?? [],
    threads: options.threads ?? true,
  }

  const record = (request: IncomingMessage, response: ServerResponse): RecordedCall => {
    const { method = '', headers, rawHeaders } = request
    const { pathname, search } = new URL(request.url ?? '/', 'http://upstream')
    const { promise, resolve } = Promise.withResolvers<void>()
    const call: RecordedCall = {
      method,
      path: pathname,
      query: search.slice(1),
      headers,
      rawHeaders,
      rawBody: Buffer.alloc(0),
      body: undefined,
      closedEarly: false,
      bytesWritten: 0,
      closed: promise,
    }
    response.once('close', () => {
      call.closedEarly = !response.writableFinished && !hungUp.has(response)
      resolve()
      options.onClosed?.(call)
    })
    calls.push(call)
    return call
  }

  const handle = async (request: IncomingMessage, response: ServerResponse, call: RecordedCall) => {
    const route = findRoute(call.method, call.path, call.headers, call.query)
    const headers = route.vendor.headers(createId)
    try {
      route.vendor.admit(call.headers, context)
      const { raw, parse } = await readBody(request)
      call.rawBody = raw
      if (!route.generate) {
        call.body = raw.length > 0 ? parse(route.vendor.malformed) : undefined
        const body = route.answer(call.body, call.headers, context)
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
        return body instanceof Replay ? sendReplay(response, body) : sendJson(response, 200, body)
      }
      call.body = parse(route.vendor.malformed)
      const { protocol, speak, prepare, remember, cached } = route.generate
      const body = prepare(call.body, call.headers, context)
      const answer = queue.shift() ?? reply(toReplyCall(protocol, body))
      const speech = speak(answer, {
        body,
        sealer: context.sealer,
        nowMs: now(),
        createId,
        ...(cached && { cached: cached(body, context) }),
      })
      remember(body, speech, answer, context)
      await deliver(response, {
        answer,
        speech,
        streamed: body.stream === true,
        headers,
        errorOf: (status) => route.vendor.errorOf(status, headers),
        wrote(bytes) {
          call.bytesWritten += bytes
        },
        hangUp(reset) {
          hungUp.add(response)
          if (reset) request.socket.resetAndDestroy()
          else response.destroy()
        },
      })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (response.destroyed) return
      call.refused = error.message
      for (const [name, value] of Object.entries({ ...headers, ...error.headers }))
        response.setHeader(name, value)
      sendJson(response, error.status, route.vendor.complete(error.body, headers))
    }
  }

  const server = createServer((request, response) => {
    const call = record(request, response)
    handle(request, response, call).catch((error: unknown) => {
      // The caller may leave in the middle of its own request.
      if (request.errored) return
      call.refused = `the upstream itself failed: ${String(error)}`
      response.destroy()
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    next(...answers) {
      queue.push(...answers)
    },
    openSockets: () => sockets.size,
    closeIdle: () => server.closeIdleConnections(),
    async close() {
      const gone = [...sockets].map(
        (socket) =>
          new Promise((resolve) => {
            socket.once('close', resolve)
          }),
      )
      const closed = new Promise((resolve) => {
        server.close(resolve)
      })
      for (const socket of sockets) socket.destroy()
      await Promise.all([closed, ...gone])
    },
  }
}
