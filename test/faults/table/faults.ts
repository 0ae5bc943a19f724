/**
 * What upstreams do, and what a call comes to then. The expectations are those of docs/errors.md (the codes and the
 * retries), docs/lifecycle.md (the deadlines) and docs/operating.md (what a failed attempt costs).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { IncomingMessage } from 'node:http'
import type { ErrorCode } from '#model'
import type { Deadlines } from '#providers'
import { anthropicErrorOf } from '../../tools/upstream/messages/anthropic-errors.ts'
import { geminiErrorOf } from '../../tools/upstream/gemini/errors.ts'
import { openaiErrorOf } from '../../tools/upstream/answers/openai-errors.ts'
import type { Identity } from '../../tools/transport/private-ca.ts'
import {
  type Act,
  failingUpstream,
  type FaultyUpstream,
  muteUpstream,
  nameless,
  nobody,
  withoutTls,
  tlsUpstream,
} from './upstreams.ts'
import type { Way } from './ways.ts'

/** Of servers that must not be trusted. */
interface BadIdentities {
  readonly unknown: Identity
  readonly expired: Identity
  readonly stranger: Identity
}

/** A deadline that ends a call. */
export type Until = Exclude<keyof Deadlines, 'pace'>

export interface Fault {
  readonly what: string
  readonly open: (identities: BadIdentities) => Promise<FaultyUpstream>
  readonly code: ErrorCode
  /** Our own message. Absent: the message is the upstream's. */
  readonly says?: string
  /** The status of the upstream's answer, if that is a failure. */
  readonly status?: number
  /** It answers with a body in its own dialect. */
  readonly isOwnWords?: boolean
  readonly retryAfter?: string
  /** A status of success has arrived, so the attempt costs what is estimated. */
  readonly hasBegun?: boolean
  readonly deadlines?: Partial<Deadlines>
  /** The deadline that ends the wait. */
  readonly until?: (way: Way) => Until
  /** Absent: all of them. */
  readonly reaches?: (way: Way) => boolean
}

const UNREACHABLE = {
  code: 'upstream_unreachable',
  says: 'The upstream could not be reached.',
} as const
const CLOSED = {
  code: 'upstream_broken',
  says: 'The upstream closed the connection before its answer was whole.',
} as const
const SILENT = { code: 'upstream_timeout', says: 'The upstream did not answer in time.' } as const
const INVALID = 'upstream_invalid'

/** Short, since they are waited for, but long enough for a busy machine to send a head. */
const SHORT: Partial<Deadlines> = { connectMs: 1_500, firstEventMs: 1_000, firstByteMs: 1_200 }

/** A run in the background is a stream for its upstream. */
const firstDeadline = ({ kind, streamed }: Way): Until =>
  kind === 'background' || streamed ? 'firstEventMs' : 'firstByteMs'

/** Any answer to a handshake but 101 is a refusal, whatever comes after it. */
const hasAnswers = ({ kind }: Way): boolean => kind !== 'realtime'

const fails = (act: Act) => () => failingUpstream(act)

const answers =
  (then: (response: Parameters<Act>[0], isStream: boolean) => void): Act =>
  (response, _request, isStream) => {
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
    response.flushHeaders()
    then(response, isStream)
  }

/** A little at a time, for ever. */
const drip = async (write: () => boolean): Promise<void> => {
  while (write()) await sleep(25)
}

const bodyOf = ({ url = '' }: IncomingMessage, status: number): object => {
  if (url.startsWith('/v1/messages')) return { ...anthropicErrorOf(status), request_id: 'req_1' }
  if (!url.startsWith('/v1beta')) return openaiErrorOf(status)
  const { error } = geminiErrorOf(status)
  // Its details say how long to wait.
  return { error: { ...error, details: undefined } }
}

const refusal = (status: number, headers: Record<string, string> = {}) =>
  fails((response, request) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(bodyOf(request, status)))
  })

const PAGE = '<html><head><title>502</title></head><body>nginx</body></html>'

const page = (status: number) =>
  fails((response) => {
    response.writeHead(status, { 'content-type': 'text/html' })
    response.end(PAGE)
  })

const CONNECTING: readonly Fault[] = [
  { what: 'refuses the connection', open: nobody, ...UNREACHABLE },
  { what: 'has a name that does not resolve', open: nameless, ...UNREACHABLE },
  {
    what: 'has a certificate of an unknown authority',
    open: ({ unknown }) => tlsUpstream(unknown),
    ...UNREACHABLE,
  },
  {
    what: 'has a certificate that has expired',
    open: ({ expired }) => tlsUpstream(expired),
    ...UNREACHABLE,
  },
  {
    what: 'has a certificate for another name',
    open: ({ stranger }) => tlsUpstream(stranger),
    ...UNREACHABLE,
  },
  { what: 'does not speak TLS', open: withoutTls, ...UNREACHABLE },
  {
    what: 'does not complete the TLS handshake',
    open: muteUpstream,
    code: 'upstream_timeout',
    says: 'The upstream could not be reached in time.',
    deadlines: { connectMs: 300 },
    until: () => 'connectMs',
  },
]

const CLOSING: readonly Fault[] = [
  {
    what: 'resets the connection before its head',
    open: fails((_response, { socket }) => void socket.resetAndDestroy()),
    ...CLOSED,
  },
  {
    what: 'closes the connection before its head',
    open: fails((_response, { socket }) => void socket.end()),
    ...CLOSED,
  },
  {
    what: 'resets the connection after its head',
    open: fails(
      answers((response) => {
        // The head must arrive first.
        setTimeout(() => response.socket?.resetAndDestroy(), 20)
      }),
    ),
    ...CLOSED,
    hasBegun: true,
    reaches: hasAnswers,
  },
  {
    what: 'breaks off its complete answer',
    open: fails((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
      response.write('{"id":"x","object":"')
      setTimeout(() => response.destroy(), 20)
    }),
    ...CLOSED,
    hasBegun: true,
    reaches: hasAnswers,
  },
]

const SILENCES: readonly Fault[] = [
  {
    what: 'accepts the call and says nothing',
    open: fails(() => undefined),
    ...SILENT,
    deadlines: SHORT,
    until: firstDeadline,
  },
  {
    what: 'says nothing after its head',
    open: fails(answers(() => undefined)),
    ...SILENT,
    hasBegun: true,
    deadlines: SHORT,
    until: firstDeadline,
    reaches: hasAnswers,
  },
  {
    what: 'sends its head a byte at a time',
    open: fails((_response, { socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ')
      void drip(() => !socket.destroyed && (socket.write('.'), true))
    }),
    ...SILENT,
    deadlines: SHORT,
    until: firstDeadline,
  },
  {
    what: 'sends comments or spaces, and no answer',
    open: fails(
      answers((response, isStream) => {
        void drip(() => !response.destroyed && (response.write(isStream ? ': \n\n' : ' '), true))
      }),
    ),
    ...SILENT,
    hasBegun: true,
    deadlines: SHORT,
    until: firstDeadline,
    reaches: hasAnswers,
  },
]

const OWN = { isOwnWords: true } as const

const REFUSALS: readonly Fault[] = [
  {
    what: '429 with `retry-after: 30`',
    open: refusal(429, { 'retry-after': '30' }),
    code: 'upstream_rate_limited',
    status: 429,
    retryAfter: '30',
    ...OWN,
  },
  {
    what: '429 without',
    open: refusal(429),
    code: 'upstream_rate_limited',
    status: 429,
    ...OWN,
  },
  { what: '500', open: refusal(500), code: 'upstream_failed', status: 500, ...OWN },
  { what: '503', open: refusal(503), code: 'upstream_overloaded', status: 503, ...OWN },
  {
    what: '503 with `retry-after: 1`',
    open: refusal(503, { 'retry-after': '1' }),
    code: 'upstream_overloaded',
    status: 503,
    retryAfter: '1',
    ...OWN,
  },
  {
    what: '503 with `retry-after: 60`',
    open: refusal(503, { 'retry-after': '60' }),
    code: 'upstream_overloaded',
    status: 503,
    retryAfter: '60',
    ...OWN,
  },
  { what: '504', open: refusal(504), code: 'upstream_timeout', status: 504, ...OWN },
  { what: '529', open: refusal(529), code: 'upstream_overloaded', status: 529, ...OWN },
  { what: '502 with an HTML page', open: page(502), code: 'upstream_failed', status: 502 },
]

const NONSENSE: readonly Fault[] = [
  {
    what: '200 with an HTML page',
    open: page(200),
    code: INVALID,
    says: 'The upstream answered with an HTML page.',
    reaches: hasAnswers,
  },
  {
    what: 'something that is not HTTP',
    open: fails((_response, { socket }) => void socket.end('hello\r\n\r\n')),
    code: INVALID,
    says: 'The upstream answered with something that is not HTTP.',
  },
  {
    what: 'JSON that ends in the middle',
    open: fails((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"id":"x","object":"')
    }),
    code: INVALID,
    says: 'The upstream answered with something that is no JSON object.',
    reaches: hasAnswers,
  },
  {
    what: 'a compressed answer that cannot be decoded',
    open: fails((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end('this is not gzip')
    }),
    code: INVALID,
    says: 'The upstream compressed its answer in a way that cannot be undone.',
    reaches: hasAnswers,
    hasBegun: true,
  },
]

/** Before the client has received anything. */
export const FAULTS: readonly Fault[] = [
  ...CONNECTING,
  ...CLOSING,
  ...SILENCES,
  ...REFUSALS,
  ...NONSENSE,
]
