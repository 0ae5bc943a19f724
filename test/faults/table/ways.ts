/** Every way in which a call reaches an upstream: the routes and the sockets, both lanes, streamed or not. */
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { send } from '../../tools/app/send.ts'
import { type FrameJson, openClient } from '../../tools/server/websocket/open-client.ts'
import {
  CHAT_DIALECT,
  COMPLETIONS_DIALECT,
  type Dialect,
  EMBEDDINGS_DIALECT,
  GEMINI_DIALECT,
  look,
  MESSAGES_DIALECT,
  parse,
  RESPONSES_DIALECT,
  type Seen,
  toldIn,
  unjudged,
} from './dialects.ts'

type Vendor = 'openai' | 'anthropic' | 'gemini'

export interface Model {
  readonly vendor: Vendor
  readonly name: string
}

export interface Way {
  readonly route: string
  readonly dialect: Dialect
  readonly lane: 'relay' | 'translate'
  readonly kind: 'generate' | 'background' | 'embed' | 'count' | 'compact' | 'socket' | 'realtime'
  readonly streamed: boolean
  /** The model that fails, and the one of the healthy second target. Absent: a call has one target. */
  readonly model: Model
  readonly second?: Model
  ask(url: string, model: string, mark: string): Promise<Seen>
}

const gpt: Model = { vendor: 'openai', name: GPT }
const claude: Model = { vendor: 'anthropic', name: CLAUDE }
const gemini: Model = { vendor: 'gemini', name: 'gemini-2.5-flash' }
const instruct: Model = { vendor: 'openai', name: 'gpt-3.5-turbo-instruct' }
const vectors: Model = { vendor: 'openai', name: 'text-embedding-3-small' }
const googleVectors: Model = { vendor: 'gemini', name: 'gemini-embedding-001' }
const realtime: Model = { vendor: 'openai', name: 'gpt-realtime' }

const tagged = (mark: string) => ({ 'x-sluice-tags': mark })

type ToRequest = (model: string, mark: string, stream: boolean) => readonly [string, object]

interface Route {
  readonly name: string
  readonly dialect: Dialect
  readonly request: ToRequest
}

const overHttp = (
  { name, dialect, request }: Route,
  lane: Way['lane'],
  streamed: boolean,
  rest: Pick<Way, 'kind' | 'model'> & { readonly second?: Model },
): Way => ({
  route: name,
  dialect,
  lane,
  streamed,
  ...rest,
  async ask(url, model, mark) {
    const [path, body] = request(model, mark, streamed)
    const answer = await send(url, path, { body, headers: tagged(mark) })
    return look(dialect, answer, lane === 'relay')
  },
})

const contents = (text: string) => ({ contents: [{ role: 'user', parts: [{ text }] }] })
const geminiPath = (model: string, method: string) =>
  `/v1beta/models/${encodeURIComponent(model)}:${method}`

const CHAT_ROUTE: Route = {
  name: CHAT,
  dialect: CHAT_DIALECT,
  request: (model, mark, stream) => [CHAT, chatBody(mark, { model, stream })],
}
const COMPLETIONS_ROUTE: Route = {
  name: '/v1/completions',
  dialect: COMPLETIONS_DIALECT,
  request: (model, prompt, stream) => ['/v1/completions', { model, prompt, stream }],
}
const RESPONSES_ROUTE: Route = {
  name: RESPONSES,
  dialect: RESPONSES_DIALECT,
  request: (model, mark, stream) => [RESPONSES, responsesBody(mark, { model, stream })],
}
const MESSAGES_ROUTE: Route = {
  name: MESSAGES,
  dialect: MESSAGES_DIALECT,
  request: (model, mark, stream) => [MESSAGES, messagesBody(mark, { model, stream })],
}
const GEMINI_ROUTE: Route = {
  name: '/v1beta/models:generateContent',
  dialect: GEMINI_DIALECT,
  request: (model, mark, stream) => [
    geminiPath(model, stream ? 'streamGenerateContent?alt=sse' : 'generateContent'),
    contents(mark),
  ],
}

/** The healthy second target speaks another protocol, so the call changes its lane. */
const generating = (route: Route, own: Model, other: Model): readonly Way[] =>
  [false, true].flatMap((streamed) => [
    overHttp(route, 'relay', streamed, { kind: 'generate', model: own, second: other }),
    overHttp(route, 'translate', streamed, { kind: 'generate', model: other, second: own }),
  ])

const embedding = (route: Route, own: Model, other: Model): readonly Way[] => [
  overHttp(route, 'relay', false, { kind: 'embed', model: own, second: other }),
  overHttp(route, 'translate', false, { kind: 'embed', model: other, second: own }),
]

const EMBEDDINGS_ROUTE: Route = {
  name: '/v1/embeddings',
  dialect: EMBEDDINGS_DIALECT,
  request: (model, input) => ['/v1/embeddings', { model, input }],
}
const EMBED_CONTENT_ROUTE: Route = {
  name: '/v1beta/models:embedContent',
  dialect: unjudged(GEMINI_DIALECT),
  request: (model, text) => [geminiPath(model, 'embedContent'), { content: { parts: [{ text }] } }],
}

/** A target that speaks another protocol is not asked: Sluice counts. */
const COUNTS: readonly Way[] = [
  [
    {
      name: '/v1/messages/count_tokens',
      dialect: unjudged(MESSAGES_DIALECT),
      request: (model: string, mark: string) =>
        [
          '/v1/messages/count_tokens',
          { ...messagesBody(mark, { model }), max_tokens: undefined },
        ] as const,
    },
    claude,
  ] as const,
  [
    {
      name: '/v1/responses/input_tokens',
      dialect: unjudged(RESPONSES_DIALECT),
      request: (model: string, mark: string) =>
        ['/v1/responses/input_tokens', responsesBody(mark, { model })] as const,
    },
    gpt,
  ] as const,
  [
    {
      name: '/v1beta/models:countTokens',
      dialect: unjudged(GEMINI_DIALECT),
      request: (model: string, mark: string) =>
        [geminiPath(model, 'countTokens'), contents(mark)] as const,
    },
    gemini,
  ] as const,
].map(([route, model]) => overHttp(route, 'relay', false, { kind: 'count', model }))

const COMPACT_ROUTE: Route = {
  name: '/v1/responses/compact',
  dialect: unjudged(RESPONSES_DIALECT),
  request: (model, mark) => ['/v1/responses/compact', responsesBody(mark, { model })],
}

/** Nobody waits for the answer: who reads it later sees how it ended. */
const BACKGROUND: Way = {
  route: '/v1/responses (background)',
  dialect: RESPONSES_DIALECT,
  lane: 'translate',
  kind: 'background',
  streamed: false,
  model: claude,
  // Another one would generate it in the background itself, and nothing falls back to that.
  second: gemini,
  async ask(url, model, mark) {
    const body = responsesBody(mark, { model, background: true })
    let { status, json } = await send(url, RESPONSES, { body, headers: tagged(mark) })
    while (status === 200 && (json.status === 'queued' || json.status === 'in_progress')) {
      await sleep(20)
      ;({ status, json } = await send(url, `${RESPONSES}/${String(json.id)}`))
    }
    const end = RESPONSES_DIALECT.endOf(
      { type: `response.${String(json.status)}`, response: json },
      false,
    )
    return { status, body: json, end: end ?? 'cut', inStream: false, violations: [] }
  },
}

interface Socket {
  readonly path: string
  readonly dialect: Dialect
  readonly frame: (model: string, mark: string) => object
  readonly endOf: (frame: FrameJson) => 'complete' | 'failed' | undefined
}

const CHAT_SOCKET: Socket = {
  path: '/ws',
  dialect: CHAT_DIALECT,
  frame: (model, mark) => ({ id: 'a', ...chatBody(mark, { model }) }),
  endOf: ({ type }) => (type === 'done' ? 'complete' : undefined),
}

const RESPONSES_SOCKET: Socket = {
  path: RESPONSES,
  dialect: RESPONSES_DIALECT,
  frame: (model, mark) => ({ type: 'response.create', ...responsesBody(mark, { model }) }),
  endOf: ({ type }) =>
    type === 'response.completed' ? 'complete' : type === 'response.failed' ? 'failed' : undefined,
}

const onSocket = (
  { path, dialect, frame, endOf }: Socket,
  lane: Way['lane'],
  model: Model,
  second: Model,
): Way => ({
  route: `WS ${path}`,
  dialect,
  lane,
  kind: 'socket',
  streamed: true,
  model,
  second,
  async ask(url, name, mark) {
    const client = await openClient(url, path, { headers: tagged(mark) })
    client.send(frame(name, mark))
    const last = await client.until(
      'the end of the call',
      (each) => each.type === 'error' || endOf(each) !== undefined,
    )
    const ends = client.frames.filter((each) => each.type === 'error' || endOf(each)).length
    client.socket.terminate()
    const violations = ends === 1 ? [] : [`it ended ${ends} times`]
    const body = last as Readonly<Record<string, unknown>>
    const seen = { body, inStream: client.frames.length > 1, violations }
    if (last.type !== 'error') {
      const end = endOf(last) === 'failed' ? dialect.endOf(body, false) : 'complete'
      return { ...seen, status: 200, end: end ?? 'cut' }
    }
    const status = Number(last.status)
    return {
      ...seen,
      status,
      end: toldIn('openai', body, status),
      retryAfter: last.retry_after === undefined ? undefined : String(last.retry_after),
    }
  },
})

const sockets = (socket: Socket): readonly Way[] => [
  onSocket(socket, 'relay', gpt, claude),
  onSocket(socket, 'translate', claude, gpt),
]

/** The upstream's socket is opened first, so a failure is the answer to the handshake. */
const REALTIME: Way = {
  route: 'WS /v1/realtime',
  dialect: CHAT_DIALECT,
  lane: 'relay',
  kind: 'realtime',
  streamed: true,
  model: realtime,
  second: realtime,
  ask: (url, model, mark) =>
    new Promise((resolve, reject) => {
      const query = new URLSearchParams({ model, mark })
      const socket = new WebSocket(`${url.replace('http:', 'ws:')}/v1/realtime?${query}`, {
        headers: tagged(mark),
      })
      socket.once('open', () => {
        socket.close()
        const opened = { status: 101, body: {}, inStream: false, violations: [] }
        socket.once('close', () => resolve({ ...opened, end: 'complete' }))
      })
      socket.once('error', reject)
      socket.once('unexpected-response', (_request, response) => {
        void toRefusal(response).then(resolve, reject)
      })
    }),
}

const toRefusal = async (response: IncomingMessage): Promise<Seen> => {
  let text = ''
  for await (const bytes of response) text += String(bytes)
  const { statusCode: status = 0, headers } = response
  const body = parse(text)
  return {
    status,
    body,
    end: toldIn('openai', body, status),
    inStream: false,
    violations: CHAT_DIALECT.checkError(body),
    retryAfter: headers['retry-after'],
    attempts: Number(headers['x-sluice-attempts']),
  }
}

export const WAYS: readonly Way[] = [
  ...generating(CHAT_ROUTE, gpt, claude),
  ...generating(COMPLETIONS_ROUTE, instruct, claude),
  ...generating(RESPONSES_ROUTE, gpt, claude),
  ...generating(MESSAGES_ROUTE, claude, gpt),
  ...generating(GEMINI_ROUTE, gemini, gpt),
  ...embedding(EMBEDDINGS_ROUTE, vectors, googleVectors),
  ...embedding(EMBED_CONTENT_ROUTE, googleVectors, vectors),
  BACKGROUND,
  ...COUNTS,
  overHttp(COMPACT_ROUTE, 'relay', false, { kind: 'compact', model: gpt, second: claude }),
  overHttp(COMPACT_ROUTE, 'translate', false, { kind: 'compact', model: claude, second: gpt }),
  ...sockets(CHAT_SOCKET),
  ...sockets(RESPONSES_SOCKET),
  REALTIME,
]

export const toName = ({ route, lane, streamed }: Way): string =>
  `${route}, ${lane}${streamed ? ', streamed' : ''}`
