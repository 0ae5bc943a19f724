/** Writes docs/errors.md: the table of errors, and each error in every dialect. */
import {
  cancelled,
  ERROR_KINDS,
  type ErrorCode,
  GatewayError,
  isJsonObject,
  type JsonObject,
} from '#model'
import { DEFAULT_RETRY } from '#gateway'
import {
  anthropicMessages,
  gemini,
  openaiChat,
  openaiCompletions,
  openaiResponses,
  type Protocol,
  toUpstreamCode,
} from '#protocols'
import { nextTry } from '../src/gateway/targets/retry.ts'
import { CLOSE_ENTRIES, ERROR_ENTRIES, WORD_ENTRIES } from './error-entries.ts'
import { findThrownErrors, type ThrownError } from './thrown-errors.ts'

const CODES = Object.keys(ERROR_KINDS) as ErrorCode[]

export const toErrorsDocs = (): string =>
  [
    INTRODUCTION,
    table(
      ['Code', 'Status', 'Sluice tries again', 'The client retries', 'What it means', 'What to do'],
      CODES.map(toMeaning),
    ),
    RETRIES,
    '## In each dialect',
    DIALECTS,
    table(['Code', 'OpenAI', 'Responses, in a stream', 'Anthropic', 'Gemini'], CODES.map(toWords)),
    '## In a stream',
    STREAMS,
    table(['Dialect', 'The last event'], STREAMED.map(toLastEvent)),
    '## The second word',
    WORDS,
    table(
      ['Word', 'With the code', 'Status', 'What it means', 'What the client should do'],
      toSecondWords(findThrownErrors()),
    ),
    '## The status of an upstream',
    UPSTREAMS,
    table(['Status of the upstream', 'Code'], toUpstreamRows()),
    '## On a WebSocket',
    SOCKETS,
    table(
      ['Close code', 'What it means, and what to do'],
      Object.entries(CLOSE_ENTRIES).map(([code, sentence]) => [mark(code), sentence]),
    ),
    '## Before a route is known',
    MALFORMED,
  ].join('\n\n') + '\n'

const INTRODUCTION = `<!-- Written by \`npm run docs\` from src/model/error.ts and the protocols; its sentences are in scripts/error-entries.ts. -->

# Errors

Every failure of a call has one code. The code is the \`outcome\` of the call's log line. The client receives it in the
client's own dialect, with the upstream's message if an upstream failed. Every answer of a route has an \`x-request-id\`.
The log line of the call has it as \`requestId\`. If a relayed answer has the \`x-request-id\` of its upstream, the log line
has that one as \`answerId\`.

The status of an upstream is kept, so it may differ from the status in the table: a 402 stays a 402, and a 422 stays a
422.`

const RETRIES = `**Sluice tries again** only until an answer begins. "Next target" means that the next target of the alias is tried
at once. "Same target" means that the last target is tried again, at most \`retries.max\` times (${DEFAULT_RETRY.retries}),
after a random wait (\`retries.base_ms\`) or after the upstream's \`retry-after\`, if that is five seconds or less. Token
counts and requests for an earlier response have one target. [decisions/retries.md](decisions/retries.md) gives the reasons.

**\`retry-after\`** is sent if the upstream says how long to wait. If a 429 has no such value, it is computed from the rate
limits in the upstream's headers. The upstream's \`retry-after-ms\` and \`x-should-retry\` are forwarded. Gemini clients also
receive the wait as \`RetryInfo\` in \`error.details\`. \`rate_limited\` and \`store_unavailable\` always have it. Sluice's other
errors have no \`retry-after\`: wait a second, and double the wait with each retry.`

const DIALECTS = `The route decides the dialect: \`/v1/messages\` is Anthropic's, \`/v1beta\`, \`/v1alpha\` and
\`/gemini\` are Gemini's, and Chat Completions, Completions, Responses and Embeddings use the OpenAI column. A request may be
refused before it reaches a route (a wrong key, an unknown path, a body that is too large). The dialect is then also
Anthropic's if the request has \`anthropic-version\`, or if its path is below \`/anthropic\`.

- OpenAI: \`{"error": {"message", "type", "param", "code"}}\`. The cells are status, \`type\` and \`code\`.
- Responses, in a stream: \`response.failed\` with \`response.error\`. The cell is its \`code\`.
- Anthropic: \`{"type": "error", "error": {"type", "message"}, "request_id"}\`. The cells are status and \`error.type\`.
- Gemini: \`{"error": {"code", "message", "status"}}\`. The cells are \`code\`, which is also the
  status, and \`status\`.

If the status differs from the one in the table, as in a 429 of \`at_capacity\`, the type follows the status. If the
upstream speaks the client's dialect, the upstream's type, code and fields are used instead, and a body of the right shape
passes through unchanged.`

const STREAMS = `When a stream has begun, its status has been sent, and a failure is its last event. A stream without an event for
\`server.open_after_ms\` is opened with a 200 (not in Gemini's dialect), so any failure may arrive as an event. A client
must treat this event as a failure, whatever it received before. Completions has no event for a failure: its answer ends
as one that was cut off ([decisions/completions.md](decisions/completions.md)). The examples show \`upstream_timeout\`.`

const WORDS = `Some errors have a second word for programs. It is \`error.code\` in OpenAI's dialect,
\`response.error.code\` in \`response.failed\`, and \`error.details.error_code\` in Anthropic's. Gemini's dialect
has no field for it. An upstream's word (\`insufficient_quota\`) is in the same field, as the
upstream wrote it.`

const UPSTREAMS = `An upstream's status decides the code, unless the protocol says more: Gemini's 400 with the reason \`API_KEY_INVALID\`
is an \`upstream_denied\`. A status below 400 that is not a success, such as a redirect, becomes a 502. [vendors.md](vendors.md)
describes how the body is read.`

const SOCKETS = `The frames of errors are on the page of the [WebSockets](websocket.md). They have the \`error\` and the \`status\` of the
OpenAI column. A request to open a socket is refused over HTTP, in the OpenAI column; a route that has no WebSocket answers
426. \`response.steer\` is always refused with \`steering_not_supported\`.

An error frame ends one call, and the socket stays open. When the socket itself ends, it has one of these close codes. A
realtime conversation closes with the code of its other side, if that has one.`

const MALFORMED = `A request that the HTTP parser refuses has no route. It is answered in OpenAI's dialect with the type
\`invalid_request_error\`, and the connection closes: 400 for bytes that are not valid HTTP or have two \`Host\` headers, 408
for a request that took too long to arrive, 431 for headers that are too large.

A LangChain class that cannot be loaded is an \`upstream_missing\` with status 500: the model's name is not at fault.`

const toMeaning = (code: ErrorCode): string[] => {
  const { meaning, again, advice } = ERROR_ENTRIES[code]
  return [
    mark(code),
    String(ERROR_KINDS[code].status),
    toTries(example(code)),
    again,
    meaning,
    advice,
  ]
}

const toTries = (error: GatewayError): string => {
  const goesOn = nextTry(error, { targetsLeft: 1, retried: 0 }, DEFAULT_RETRY) === 'next target'
  const waits = nextTry(error, { targetsLeft: 0, retried: 0 }, DEFAULT_RETRY) !== 'give up'
  if (!goesOn && !waits) return 'no'
  return [goesOn ? 'next target' : '', waits ? 'same target' : ''].filter(Boolean).join(', then ')
}

const example = (code: ErrorCode, message = 'It failed.'): GatewayError =>
  code === 'cancelled' ? cancelled() : new GatewayError(code, message)

const toWords = (code: ErrorCode): string[] => {
  const error = example(code)
  const openai = openaiChat.encodeError(error, '')
  const anthropic = anthropicMessages.encodeError(error, '')
  const google = gemini.encodeError(error, '')
  return [
    mark(code),
    `${openai.status} ${words(openai.body.error, 'type', 'code')}`,
    words(at(lastData(openaiResponses, error).response).error, 'code'),
    `${anthropic.status} ${words(anthropic.body.error, 'type')}`,
    `${google.status} ${words(google.body.error, 'status')}`,
  ]
}

const words = (error: unknown, ...names: readonly string[]): string =>
  names.map((name) => mark(String(at(error)[name] ?? null))).join(' ')

const at = (value: unknown): JsonObject => (isJsonObject(value) ? value : {})

const STREAMED: readonly (readonly [string, Protocol])[] = [
  ['Chat Completions', openaiChat],
  ['Responses', openaiResponses],
  ['Completions', openaiCompletions],
  ['Messages', anthropicMessages],
  ['Gemini', gemini],
]

/** Of a stream that has begun. */
const lastEvent = (protocol: Protocol, error: GatewayError): string =>
  protocol.encodeStreamError(error, 'req_1', {
    id: 'cmpl_1',
    model: 'gpt-5.5',
    created: 0,
    response: { id: 'resp_1' },
    sequence_number: 7,
  })

const lastData = (protocol: Protocol, error: GatewayError): JsonObject => {
  const [, json = ''] = /^data: (\{.*)$/m.exec(lastEvent(protocol, error)) ?? []
  return at(JSON.parse(json))
}

const toLastEvent = ([name, protocol]: readonly [string, Protocol]): string[] => {
  const error = example('upstream_timeout', 'The upstream did not answer in time.')
  const text = lastEvent(protocol, error)
  const [event] = /^event: \S+/.exec(text) ?? []
  const data = lastData(protocol, error)
  const { status, error: failure } = at(data.response)
  const shown =
    data.response === undefined ? data : { ...data, response: { status, error: failure } }
  const lines = [event, `data: ${JSON.stringify(shown)}`, ...(text.includes(DONE) ? [DONE] : [])]
  return [
    name,
    lines
      .filter((line) => line !== undefined)
      .map(mark)
      .join('<br>'),
  ]
}

const DONE = 'data: [DONE]'

const toSecondWords = (thrown: readonly ThrownError[]): string[][] => {
  const found = thrown.filter(({ word }) => word !== undefined)
  const names = [...new Set(found.map(({ word = '' }) => word))].toSorted()
  return names.map((name) => {
    const entry = WORD_ENTRIES[name]
    if (!entry) throw new Error(`scripts/error-entries.ts has no entry for the word '${name}'.`)
    const uses = found.filter(({ word }) => word === name)
    return [
      mark(name),
      [...new Set(uses.map(({ code }) => mark(code)))].join(', '),
      entry.status ?? [...new Set(uses.map(toStatus))].join(', '),
      entry.meaning,
      entry.advice,
    ]
  })
}

const toStatus = ({ code, status, word }: ThrownError): string => {
  if (status === 'computed')
    throw new Error(`scripts/error-entries.ts does not say the status of the word '${word}'.`)
  return status ?? String(ERROR_KINDS[code as ErrorCode].status)
}

/** Those that vendors send. */
const UPSTREAM_STATUSES = [
  400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529,
] as const

const toUpstreamRows = (): string[][] => {
  const byCode = Map.groupBy(UPSTREAM_STATUSES, toUpstreamCode)
  return [...byCode].map(([code, statuses]) => [toList(code, statuses), mark(code)])
}

const toList = (code: ErrorCode, statuses: readonly number[]): string => {
  if (code === 'upstream_rejected') return `${statuses.join(', ')}, and every other below 500`
  return code === 'upstream_failed'
    ? `${statuses.join(', ')}, and every other`
    : statuses.join(', ')
}

const mark = (text: string): string => `\`${text}\``

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
