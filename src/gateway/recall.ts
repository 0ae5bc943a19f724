/** Puts back into a request what it only names: an earlier answer of ours, or an item of one. */
import { invalidRequest, isJsonObject, type JsonObject } from '#model'
import { toItemList } from '#protocols'
import type { GatewayCall } from './call.ts'
import { type Envelope, jsonOf, parseBody } from './envelope.ts'
import { isPending } from './pin-targets.ts'
import { outputOf, type ResponseStore, type RunningResponse } from './response-store.ts'

const REFERENCE = '"item_reference"'

/** What is not known here stays as it is: an upstream that speaks the protocol may know it. */
export const recall = (
  call: GatewayCall,
  { members }: Envelope,
  responses: ResponseStore<RunningResponse>,
): GatewayCall => {
  if (call.protocol.name !== 'openai-responses') return call
  const leans = members.some(({ key }) => key === 'previous_response_id')
  if (!leans && !call.body.includes(REFERENCE)) return call
  const body = parseBody(call.body)
  const { previous_response_id: previousId, ...rest } = body
  const previous =
    typeof previousId === 'string' ? responses.find(call.caller, previousId) : undefined
  if (previous && isPending(previous.response))
    throw invalidRequest(
      `Previous response with id '${String(previousId)}' is still being made.`,
      'previous_response_id',
    )
  const own = toItemList(body.input)
  const resolve = (item: unknown): unknown =>
    isReference(item) ? (responses.findItem(call.caller, item.id) ?? item) : item
  const known = previous ? [...previous.input, ...outputOf(previous.response)] : []
  const input = [...known, ...own.map(resolve)]
  if (!previous && input.every((item, at) => item === own[at])) return call
  return { ...call, body: Buffer.from(JSON.stringify({ ...(previous ? rest : body), input })) }
}

/** Remembers the whole answer, where a later request may lean on it. */
export const rememberFor = (
  call: GatewayCall,
  envelope: Envelope,
  responses: ResponseStore<RunningResponse>,
): ((response: JsonObject) => void) | undefined => {
  // What was promised is kept already, and becomes whole where it is.
  if (call.protocol.name !== 'openai-responses' || call.promised) return undefined
  if (jsonOf(call, envelope, 'store') === 'false') return undefined
  return (response) => {
    const { input } = parseBody(call.body)
    responses.save(call.caller, { input: toItemList(input), response })
  }
}

const isReference = (item: unknown): item is { readonly id: string } =>
  isJsonObject(item) && item.type === 'item_reference' && typeof item.id === 'string'
