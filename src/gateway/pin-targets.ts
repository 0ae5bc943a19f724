/** Keeps a request that leans on a relayed response at the target that has it. */
import { GatewayError, isJsonObject, type JsonObject } from '#model'
import type { Target } from '#router'
import type { GatewayCall } from './call.ts'
import { type Envelope, jsonOf } from './envelope.ts'
import type { Home, ResponseHomes } from './response-homes.ts'

const LEANING_FIELDS = ['previous_response_id', 'conversation'] as const

/**
 * Of the targets that a name leads to, those where the earlier response is: its own model first. An account
 * knows its responses whichever of its models made them; another account knows none of them.
 *
 * @throws GatewayError `invalid_request` where the name leads elsewhere, or the response is another caller's.
 */
export const pinTargets = (
  call: GatewayCall,
  envelope: Envelope,
  targets: readonly Target[],
  homes: ResponseHomes,
): readonly Target[] => {
  if (call.protocol.name !== 'openai-responses') return targets
  let pinned = targets
  for (const field of LEANING_FIELDS) {
    const id = readId(call, envelope, field)
    if (id === undefined) continue
    if (homes.isAnothers(call.caller, id)) throw unknown(field, id)
    const home = homes.find(call.caller, id)
    if (!home) continue
    pinned = atHome(pinned, home.target)
    if (pinned.length === 0) throw elsewhere(field, id, envelope.model, home.target)
  }
  return pinned
}

/** Told the relayed answer, as far as it has come: notes where its caller will find it again. */
export const noteHomeFor = (
  call: GatewayCall,
  envelope: Envelope,
  homes: ResponseHomes,
): ((answer: JsonObject, home: Home) => void) | undefined => {
  if (call.protocol.name !== 'openai-responses') return undefined
  if (jsonOf(call, envelope, 'store') === 'false') return undefined
  return ({ id }, home) => {
    if (typeof id !== 'string') return
    homes.note(call.caller, id, home)
    const conversation = readId(call, envelope, 'conversation')
    if (conversation !== undefined)
      homes.note(call.caller, conversation, { ...home, counted: true })
  }
}

/** What it costs is not known yet: it will be told to whoever asks for it later. */
export const isPending = ({ status }: JsonObject): boolean =>
  status === 'queued' || status === 'in_progress'

const atHome = (targets: readonly Target[], home: Target): readonly Target[] => {
  const there = targets.filter(({ provider }) => provider === home.provider)
  return there.toSorted((a, b) => Number(b.model === home.model) - Number(a.model === home.model))
}

/** A conversation is named by its id, or by an object that holds it. */
const readId = (call: GatewayCall, envelope: Envelope, field: string): string | undefined => {
  const text = jsonOf(call, envelope, field)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const id = isJsonObject(value) ? value.id : value
    return typeof id === 'string' ? id : undefined
  } catch {
    // Whoever reads the whole of it says what is wrong.
    return undefined
  }
}

const unknown = (field: string, id: string): GatewayError =>
  field === 'conversation'
    ? new GatewayError('not_found', `Conversation with id '${id}' not found.`, { param: field })
    : notFound(`Previous response with id '${id}' not found.`)

const elsewhere = (
  field: string,
  id: string,
  model: string,
  { provider }: Target,
): GatewayError => {
  const message = `'${id}' is kept by '${provider.name}', where '${model}' does not lead; name a model of '${provider.name}', or send the whole conversation in 'input'.`
  return field === 'conversation'
    ? new GatewayError('invalid_request', message, { param: field })
    : notFound(message)
}

/** By this code clients send everything again. */
const notFound = (message: string): GatewayError =>
  new GatewayError('invalid_request', message, {
    param: 'previous_response_id',
    vendorCode: 'previous_response_not_found',
  })
