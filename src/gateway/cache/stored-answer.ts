/** An answer as it is kept: a head in JSON, and the bytes that the client received. */
import { isJsonObject, type JsonObject, parseObject } from '#model'
import { type ByteString, filterHeaders, fromByteString, toByteString } from '#streams'
import type { Answer } from '../call.ts'
import { isEventStream } from '../lanes/relay-headers.ts'
import type { Served } from '../record/call-record.ts'

export interface StoredAnswer {
  readonly headers: readonly string[]
  readonly isStream: boolean
  readonly served: Served
  readonly body: ByteString
}

/** Headers that describe the answer. Others are about one call: its id, its limits, its upstream. */
const KEPT = new Set(['content-type', 'x-sluice-dropped', 'x-sluice-added'])

export const toKeptHeaders = (headers: readonly string[]): readonly string[] =>
  filterHeaders(headers, (name) => KEPT.has(name))

/** The answer to another call. It costs nothing, which is known before a stream ends. */
export const toHit = ({ status, headers, body }: Answer): Answer => ({
  status,
  headers: [...toKeptHeaders(headers), 'x-sluice-cost', '0'],
  body,
})

/** Changes the text of a stream that was complete at once. A document stays as it is. */
export const withText = (answer: Answer, change: (text: ByteString) => ByteString): Answer => {
  const { headers, body } = answer
  return typeof body === 'string' && isEventStream(headers)
    ? { ...answer, body: change(body) }
    : answer
}

export const encodeStored = ({ body, ...head }: StoredAnswer): ByteString =>
  `${toByteString(JSON.stringify(head))}\n${body}`

/** Undefined if it is not what was written: others can write to the store, too. */
export const decodeStored = (stored: ByteString): StoredAnswer | undefined => {
  const end = stored.indexOf('\n')
  const head = end === -1 ? undefined : parseObject(fromByteString(stored.slice(0, end)))
  return head && isHead(head) ? { ...head, body: stored.slice(end + 1) } : undefined
}

const isHead = (head: JsonObject): head is JsonObject & Omit<StoredAnswer, 'body'> =>
  Array.isArray(head['headers']) &&
  head['headers'].every((each) => typeof each === 'string') &&
  typeof head['isStream'] === 'boolean' &&
  isJsonObject(head['served']) &&
  isServed(head['served'])

const isServed = ({ target, cost }: JsonObject): boolean =>
  (cost === null || typeof cost === 'number') &&
  isJsonObject(target) &&
  typeof target['provider'] === 'string' &&
  typeof target['model'] === 'string'
