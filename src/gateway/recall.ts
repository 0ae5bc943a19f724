/** Puts back into a request what it only names: an earlier answer of ours, or an item of one. */
import { isJsonObject, type JsonObject } from '#model'
import type { GatewayCall } from './call.ts'
import { type Envelope, parseBody } from './envelope.ts'
import { outputOf, type ResponseStore } from './response-store.ts'

const REFERENCE = '"item_reference"'

/** What is not known here stays as it is: an upstream that speaks the protocol may know it. */
export const recall = (
  call: GatewayCall,
  { members }: Envelope,
  responses: ResponseStore,
): GatewayCall => {
  if (call.protocol.name !== 'openai-responses') return call
  const leans = members.some(({ key }) => key === 'previous_response_id')
  if (!leans && !call.body.includes(REFERENCE)) return call
  const body = parseBody(call.body)
  const { previous_response_id: previousId, ...rest } = body
  const previous =
    typeof previousId === 'string' ? responses.find(call.caller, previousId) : undefined
  const own = toItems(body.input)
  const resolve = (item: unknown): unknown =>
    isReference(item) ? (responses.findItem(call.caller, item.id) ?? item) : item
  const known = previous ? [...previous.input, ...outputOf(previous)] : []
  const input = [...known, ...own.map(resolve)]
  if (!previous && input.every((item, at) => item === own[at])) return call
  return { ...call, body: Buffer.from(JSON.stringify({ ...(previous ? rest : body), input })) }
}

/** Remembers the answer to a request, unless its client wants it forgotten. */
export const rememberFor =
  (call: GatewayCall, responses: ResponseStore) =>
  (response: JsonObject): void => {
    const { store, input } = parseBody(call.body)
    if (store === false) return
    responses.save(call.caller, { input: toItems(input), response })
  }

/** Text alone is a message of the user. */
const toItems = (input: unknown): readonly unknown[] => {
  if (Array.isArray(input)) return input
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : []
}

const isReference = (item: unknown): item is { readonly id: string } =>
  isJsonObject(item) && item.type === 'item_reference' && typeof item.id === 'string'
