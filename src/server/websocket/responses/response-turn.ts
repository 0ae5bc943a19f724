/** The turn that a frame of the Responses door asks for, with the items of earlier turns filled in. */
import { GatewayError, invalidRequest } from '#model'
import { bytesOf, type Frame, readFlag, readText, toBody } from '../frames/frame-body.ts'
import { joinItems } from './response-watch.ts'
import type { ResponseMemory } from './response-memory.ts'

export interface ResponseTurn {
  /** The body of the call. Undefined if the frame does not ask to generate anything yet. */
  readonly body: Buffer | undefined
  readonly model: string
  /** All items before the answer to this turn. Undefined if an upstream holds a part of them. */
  readonly items: readonly Buffer[] | undefined
  /** The response whose items are among them. */
  readonly continues?: string | undefined
}

const ENVELOPE: ReadonlySet<string> = new Set(['type', 'stream_id', 'generate', 'background'])
const RESOLVED: ReadonlySet<string> = new Set([...ENVELOPE, 'previous_response_id', 'input'])

/** @throws GatewayError */
export const toTurn = (frame: Frame, memory: ResponseMemory): ResponseTurn => {
  readFlag(frame, 'stream')
  if (readFlag(frame, 'background'))
    throw invalidRequest('A response over a WebSocket cannot run in the background.', 'background')
  const model = readText(frame, 'model')
  if (model === undefined) throw invalidRequest("'model' is required.", 'model')
  const generate = readFlag(frame, 'generate') ?? true
  const previous = readText(frame, 'previous_response_id')
  const earlier = previous === undefined ? [] : memory.recall(previous)
  if (previous !== undefined && !earlier && (!generate || readFlag(frame, 'store') === false))
    throw notFound(previous)

  if (previous === undefined || !earlier) {
    const elsewhere = previous !== undefined || bytesOf(frame, 'conversation') !== undefined
    return {
      model,
      body: generate ? toBody(frame, ENVELOPE) : undefined,
      items: elsewhere ? undefined : [copyOfInput(frame)],
    }
  }
  const items = addRun(earlier, copyOfInput(frame))
  if (!generate) return { model, body: undefined, items }
  const input = Buffer.concat([Buffer.from(',"input":['), joinItems(items), Buffer.from(']')])
  return { model, body: toBody(frame, RESOLVED, [input]), items, continues: previous }
}

/**
 * Appends a run. Each run is more than twice as long as the next one, so that there are few of them however many turns
 * there were, and a turn seldom copies more than itself.
 */
export const addRun = (runs: readonly Buffer[], added: Buffer): readonly Buffer[] => {
  if (added.length === 0) return runs
  let first = runs.length
  let bytes = added.length
  for (
    let before = runs[first - 1];
    before && before.length < bytes * 2;
    before = runs[first - 1]
  ) {
    bytes += before.length
    first--
  }
  return [...runs.slice(0, first), joinItems([...runs.slice(first), added])]
}

const QUOTE = 34
const OPEN_ARRAY = 91

/** The input as a run of items. Copied, because a slice would retain the complete frame. */
const copyOfInput = (frame: Frame): Buffer => {
  const input = bytesOf(frame, 'input')
  if (!input || input.equals(NULL)) return Buffer.alloc(0)
  if (input[0] === QUOTE)
    return Buffer.concat([
      Buffer.from('{"type":"message","role":"user","content":'),
      input,
      Buffer.from('}'),
    ])
  if (input[0] !== OPEN_ARRAY) throw invalidRequest("'input' must be a string or a list.", 'input')
  const inner = input.subarray(1, -1)
  return inner.every((byte) => byte <= SPACE) ? Buffer.alloc(0) : Buffer.from(inner)
}

const NULL = Buffer.from('null')
const SPACE = 32

const notFound = (id: string) =>
  new GatewayError(
    'invalid_request',
    `Previous response with id '${id.slice(0, 200)}' not found on this connection.`,
    { param: 'previous_response_id', vendorCode: 'previous_response_not_found' },
  )
