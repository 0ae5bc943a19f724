/** Sends a request that refers to relayed state to the target that has it, and refuses state of another caller. */
import { type Envelope, type GatewayCall, isRelayed, type Notes } from '#gateway'
import { GatewayError } from '#model'
import type { Reference } from '#protocols'
import type { Target } from '#router'
import type { Home, ResponseHomes } from './response-targets.ts'

export interface Homes {
  /** Ids of relayed responses and of their items, by the callers that received them. */
  readonly given: ResponseHomes
  /** Ids of conversations. Naming one does not make a caller its owner. */
  readonly conversations: ResponseHomes
  /** Whether ids that are unknown here are sent upstream for any caller. */
  readonly trustsUnknown: boolean
}

/**
 * Keeps the targets of a name that have the earlier response, those with its own model first. An account knows its
 * responses, whichever of its models generated them. Another account knows none of them.
 *
 * @throws GatewayError where the name leads elsewhere, or an id is not this caller's.
 */
export const pinTargets = (
  call: GatewayCall,
  envelope: Envelope,
  references: readonly Reference[],
  targets: readonly Target[],
  homes: Homes,
): readonly Target[] => {
  const { caller } = call
  let pinned = targets
  for (const reference of references) {
    const { kind, id } = reference
    const isConversation = kind === 'conversation'
    if (!isConversation && homes.given.isAnothers(caller, id)) throw unknown(reference)
    const home = (isConversation ? homes.conversations : homes.given).find(caller, id)
    if (home && STANDS_ALONE.has(kind)) {
      pinned = atHome(pinned, home.target)
      if (pinned.length === 0) throw elsewhere(reference, envelope.model, home.target)
    } else if (!home && kind !== 'mention' && !homes.trustsUnknown) {
      // Translated requests look up no id.
      pinned = pinned.filter((target) => !isRelayed(call, envelope, target))
      if (pinned.length === 0) throw unknown(reference)
    }
  }
  return pinned
}

/** Nothing else in a request has the effect of these. */
const STANDS_ALONE: ReadonlySet<Reference['kind']> = new Set([
  'response',
  'thread',
  'conversation',
  'item',
])

export const noteHomeFor = (
  call: GatewayCall,
  envelope: Envelope,
  references: readonly Reference[],
  homes: Homes,
): ((target: Target) => Notes) | undefined => {
  const kept = call.protocol.keeps?.(call.body, envelope.members) ?? 'nothing'
  if (kept === 'nothing') return undefined
  const conversation = references.find(({ kind }) => kind === 'conversation')
  return (answering) => ({
    ...noteItemsFor(call, answering, homes),
    onAnswer({ id }, isComplete) {
      const target = toHome(answering)
      if (conversation)
        homes.conversations.note(call.caller, conversation.id, { target, counted: true })
      if (kept === 'parts' || typeof id !== 'string') return true
      const home = homes.given.note(call.caller, id, { target, counted: false })
      const isNews = !home.counted
      if (isComplete) home.counted = true
      return isNews
    },
  })
}

export const noteItemsFor = (
  { caller }: GatewayCall,
  answering: Home['target'],
  homes: Homes,
): Pick<Notes, 'onGiven'> => ({
  onGiven(ids) {
    const target = toHome(answering)
    for (const id of ids) homes.given.note(caller, id, { target, counted: true })
  },
})

/** Without the provider itself, which would be kept for as long as the id, whatever is configured by then. */
const toHome = ({ provider: { name }, model }: Home['target']): Home['target'] => ({
  provider: { name },
  model,
})

const atHome = (targets: readonly Target[], home: Home['target']): readonly Target[] => {
  const there = targets.filter(({ provider }) => provider.name === home.provider.name)
  return there.toSorted((a, b) => Number(b.model === home.model) - Number(a.model === home.model))
}

const unknown = ({ kind, id, param }: Reference): GatewayError => {
  const name = shorten(id)
  if (kind === 'response') return notFound(`Previous response with id '${name}' not found.`)
  if (kind === 'thread') return unknownThread(name)
  const what = kind === 'conversation' ? 'Conversation' : 'Item'
  return new GatewayError('not_found', `${what} with id '${name}' not found.`, { param })
}

/** Clients react to this code by sending the complete conversation. */
const unknownThread = (name: string): GatewayError =>
  new GatewayError(
    'invalid_request',
    `No thread that ends with '${name}' is known here; send the whole conversation in 'messages'.`,
    { param: 'thread', vendorCode: 'thread_unsupported_request' },
  )

const elsewhere = (
  { kind, id, param }: Reference,
  model: string,
  { provider }: Home['target'],
): GatewayError => {
  const message = `'${shorten(id)}' is kept by '${provider.name}', where '${model}' does not lead; name a model of '${provider.name}', or send the whole conversation in 'input'.`
  return kind === 'response'
    ? notFound(message)
    : new GatewayError('invalid_request', message, { param })
}

const shorten = (id: string): string => id.slice(0, 200)

/** Clients react to this code by sending everything again. */
const notFound = (message: string): GatewayError =>
  new GatewayError('invalid_request', message, {
    param: 'previous_response_id',
    vendorCode: 'previous_response_not_found',
  })
