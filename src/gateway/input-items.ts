/** What a response was given, a page at a time. */
import { invalidRequest, isJsonObject, type JsonObject } from '#model'
import type { StoredResponse } from './response-store.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

/** @throws GatewayError `invalid_request` */
export const toInputItems = (
  { input, response }: StoredResponse,
  query: URLSearchParams,
): JsonObject => {
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc')
    throw invalidRequest("'order' must be 'asc' or 'desc'.", 'order')
  const limit = readLimit(query.get('limit'))
  const named = input.filter(isJsonObject).map((item, index) => withId(item, response.id, index))
  const ordered = order === 'asc' ? named : named.toReversed()
  const start = findStart(ordered, query.get('after'))
  const data = ordered.slice(start, start + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < ordered.length,
  }
}

const readLimit = (text: string | null): number => {
  if (text === null) return DEFAULT_LIMIT
  const limit = /^\d+$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MAX_LIMIT)
    throw invalidRequest(`'limit' must be a whole number from 1 to ${MAX_LIMIT}.`, 'limit')
  return limit
}

const findStart = (items: readonly JsonObject[], after: string | null): number => {
  if (after === null) return 0
  const found = items.findIndex(({ id }) => id === after)
  if (found === -1)
    throw invalidRequest(`No item of this response has the id '${after.slice(0, 200)}'.`, 'after')
  return found + 1
}

/** Clients need not name their items, and pages cannot do without. */
const withId = (item: JsonObject, responseId: unknown, index: number): JsonObject =>
  typeof item.id === 'string'
    ? item
    : { ...item, id: `item_${String(responseId).replace(/^resp_/, '')}_${index}` }
