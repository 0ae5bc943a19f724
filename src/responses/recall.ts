/** Replaces references in a request by what they name: an earlier answer, or items of one. */
import type { MemoryAccount } from '#access'
import { type CallRecord, type Envelope, type GatewayCall, jsonOf } from '#gateway'
import { GatewayError, invalidRequest, type JsonObject } from '#model'
import type { Reference } from '#protocols'
import type { Target } from '#router'
import type { JsonSpan } from '#streams'
import { inputItems } from './input-items.ts'
import type { Given, ResponseStore, RunningResponse } from './store/response-store.ts'
import { joinRuns } from './store/stored-answer.ts'
import { runsOf, type Turn } from './store/stored-turn.ts'

export interface Recall {
  readonly responses: ResponseStore<RunningResponse>
  readonly memory: MemoryAccount
  /** The maximum size of the request with its references replaced. */
  readonly maxBytes: number
  readonly record: Pick<CallRecord, 'holds'>
}

export interface Recalled {
  readonly call: GatewayCall
  /** References that are not known here. An upstream that speaks the protocol may know them. */
  readonly unknown: readonly Reference[]
  /** Present if an earlier answer was inserted. */
  readonly leaning?: Leaning
}

interface Leaning {
  readonly previousId: string
  /** The position of the request's own items in the new body. */
  readonly own: JsonSpan
}

export const recall = (
  call: GatewayCall,
  envelope: Envelope,
  references: readonly Reference[],
  options: Recall,
): Recalled => {
  const { responses } = options
  const found: Found[] = []
  const unknown: Reference[] = []
  let previous: { readonly id: string; readonly turn: Turn } | undefined
  for (const reference of references) {
    const { kind, id } = reference
    const item = kind === 'item' ? responses.findItem(call.caller, id) : undefined
    const stored = kind === 'response' ? responses.find(call.caller, id) : undefined
    if (stored?.isPending) throw stillBeingMade(id)
    if (stored) previous = { id, turn: stored.turn }
    else if (item) found.push({ ...reference, item })
    else unknown.push(reference)
  }
  if (!previous && found.length === 0) return { call, unknown }
  const runs = previous ? runsOf(previous.turn) : []
  makeRoom(call, [...runs, ...found.map(({ item }) => item)], options)
  refuseTwice(found)
  if (!previous)
    return { call: { ...call, body: Buffer.concat(fill(call.body, WHOLE, found)) }, unknown }
  const { body, own } = putBack(call.body, envelope, runs, found)
  return { call: { ...call, body }, unknown, leaning: { previousId: previous.id, own } }
}

interface Found extends Reference {
  readonly item: Buffer
}

/** Counts the size before anything is built. @throws GatewayError `request_too_large`, or `at_capacity` */
const makeRoom = (
  { body, caller }: GatewayCall,
  added: readonly Buffer[],
  { memory, maxBytes, record }: Recall,
): void => {
  let bytes = body.length
  for (const { length } of added) {
    bytes += length + 1
    if (bytes > maxBytes) throw tooLarge(maxBytes)
  }
  record.holds(memory.hold(caller, bytes))
}

/** An upstream would refuse this, too. */
const refuseTwice = (found: readonly Found[]): void => {
  const seen = new Set<string>()
  for (const { id, param } of found) {
    if (seen.has(id))
      throw invalidRequest(
        `'${param}' names an item that is named before: each may be named once.`,
        param,
      )
    seen.add(id)
  }
}

const WHOLE: JsonSpan = { start: 0, end: Infinity }

/** A part of a body, with the items that it refers to inserted. */
const fill = (body: Buffer, { start, end }: JsonSpan, found: readonly Found[]): Buffer[] => {
  const pieces: Buffer[] = []
  let position = start
  for (const { span, item } of found) {
    pieces.push(body.subarray(position, span.start), item)
    position = span.end
  }
  return [...pieces, body.subarray(position, Math.min(end, body.length))]
}

const RESOLVED = new Set(['previous_response_id', 'input'])

const putBack = (
  body: Buffer,
  { members }: Envelope,
  runs: readonly Buffer[],
  found: readonly Found[],
): { readonly body: Buffer; readonly own: JsonSpan } => {
  const { text, span } = inputItems(body, members)
  const mine = span ? Buffer.concat(fill(body, span, found)) : text
  const earlier = joinRuns(mine.length > 0 ? [...runs, NOTHING] : runs)
  const opening = Buffer.from('{"input":[')
  const pieces = [opening, earlier, mine, Buffer.from(']')]
  for (const { key, start, end } of members)
    if (!RESOLVED.has(key))
      pieces.push(Buffer.from(`,${JSON.stringify(key)}:`), body.subarray(start, end))
  pieces.push(Buffer.from('}'))
  const start = opening.length + earlier.length
  return { body: Buffer.concat(pieces), own: { start, end: start + mine.length } }
}

const NOTHING = Buffer.alloc(0)

/** The input of a request's answer, as it is stored. */
export const givenTo = ({ body }: GatewayCall, { members }: Envelope, leaning?: Leaning): Given => {
  const all = inputItems(body, members).text
  if (!leaning) return { own: all, all }
  const { previousId, own } = leaning
  return { own: body.subarray(own.start, own.end), previousId, all }
}

/** Stores the complete answer, if a later request may refer to it. */
export const rememberFor = (
  call: GatewayCall,
  envelope: Envelope,
  leaning: Leaning | undefined,
  save: (response: JsonObject, given: Given, target: Target) => void,
): ((response: JsonObject, target: Target) => void) | undefined => {
  // A promised response is stored already, and is completed in place.
  if (call.protocol.name !== 'openai-responses' || call.promised) return undefined
  if (jsonOf(call, envelope, 'store') === 'false') return undefined
  return (response, target) => save(response, givenTo(call, envelope, leaning), target)
}

const stillBeingMade = (id: string): GatewayError =>
  invalidRequest(`Previous response with id '${id}' is still being made.`, 'previous_response_id')

const tooLarge = (maxBytes: number): GatewayError =>
  new GatewayError(
    'request_too_large',
    `With all that it names, the request is larger than ${maxBytes} bytes.`,
    { param: 'input' },
  )
