/** The input of a response, as items of a request and in pages. */
import { invalidRequest, isJsonObject, type JsonObject } from '#model'
import { findElements, type JsonMember, type JsonSpan } from '#streams'
import { inputRunsOf, type Turn } from './store/stored-turn.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100
/** The size of one page. It ends early rather than hold more, but has at least one item. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024

const OPEN_ARRAY = 91
const OPEN_OBJECT = 123
const QUOTE = 34
const BRACKET = Buffer.from('[')
const NO_ITEMS = { text: Buffer.alloc(0), span: undefined }

/**
 * The input of a request as items, with commas between them: text alone is a message of the user.
 * `span` is where they are in the body, if they are there.
 */
export const inputItems = (
  body: Buffer,
  members: readonly JsonMember[],
): { readonly text: Buffer; readonly span: JsonSpan | undefined } => {
  const member = members.findLast(({ key }) => key === 'input')
  if (!member) return NO_ITEMS
  const { start, end } = member
  if (body[start] === QUOTE) return { text: toMessage(body.subarray(start, end)), span: undefined }
  if (body[start] !== OPEN_ARRAY || isBlank(body.subarray(start + 1, end - 1))) return NO_ITEMS
  return { text: body.subarray(start + 1, end - 1), span: { start: start + 1, end: end - 1 } }
}

const toMessage = (text: Buffer): Buffer =>
  Buffer.concat([Buffer.from('{"type":"message","role":"user","content":'), text, Buffer.from('}')])

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte <= 32)

/** @throws GatewayError `invalid_request` */
export const toInputItems = (
  turn: Turn,
  responseId: string,
  query: URLSearchParams,
): JsonObject => {
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc')
    throw invalidRequest("'order' must be 'asc' or 'desc'.", 'order')
  const limit = readLimit(query.get('limit'))
  const items = findItems(turn, responseId)
  const ordered = order === 'asc' ? items : items.toReversed()
  const start = findStart(ordered, query.get('after'))
  const end = endOfPage(ordered, start, limit)
  const data = ordered.slice(start, end).map(read)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: end < ordered.length,
  }
}

/** An item that is not parsed yet. */
interface Unread {
  readonly json: Buffer
  /** The id of an item that has none: clients need not set ids, but pages need them. */
  readonly fallbackId: string
}

const findItems = (turn: Turn, responseId: string): readonly Unread[] => {
  const prefix = `item_${responseId.replace(/^resp_/, '')}_`
  return inputRunsOf(turn)
    .flatMap((run) => elementsOf(run))
    .filter((json) => json[0] === OPEN_OBJECT)
    .map((json, index) => ({ json, fallbackId: `${prefix}${index}` }))
}

const elementsOf = (run: Buffer): Buffer[] => {
  const list = Buffer.concat([BRACKET, run, Buffer.from(']')])
  return findElements(list, Infinity).map(({ start, end }) => list.subarray(start, end))
}

const read = ({ json, fallbackId }: Unread): JsonObject => {
  const item: unknown = JSON.parse(json.toString())
  if (!isJsonObject(item)) return { id: fallbackId }
  return typeof item.id === 'string' ? item : { ...item, id: fallbackId }
}

const endOfPage = (items: readonly Unread[], start: number, limit: number): number => {
  let bytes = 0
  let end = start
  for (const { json } of items.slice(start, start + limit)) {
    bytes += json.length
    if (bytes > MAX_PAGE_BYTES && end > start) break
    end++
  }
  return end
}

const readLimit = (text: string | null): number => {
  if (text === null) return DEFAULT_LIMIT
  const limit = /^\d+$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MAX_LIMIT)
    throw invalidRequest(`'limit' must be a whole number from 1 to ${MAX_LIMIT}.`, 'limit')
  return limit
}

const findStart = (items: readonly Unread[], after: string | null): number => {
  if (after === null) return 0
  const quoted = JSON.stringify(after)
  const found = items.findIndex(
    (item) => (item.fallbackId === after || item.json.includes(quoted)) && read(item).id === after,
  )
  if (found === -1)
    throw invalidRequest(`No item of this response has the id '${after.slice(0, 200)}'.`, 'after')
  return found + 1
}
