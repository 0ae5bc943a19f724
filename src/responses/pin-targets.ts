/** Sends a request that refers to relayed state to the target that has it, and refuses state of another caller. */
import type { Caller } from '#access'
import { type Envelope, type GatewayCall, isRelayed, type Notes } from '#gateway'
import { GatewayError } from '#model'
import { isSealedMark, type Reference } from '#protocols'
import type { NamedTarget, Target } from '#router'
import type { ResponseHomes } from './response-targets.ts'

export interface Homes {
  /** Ids of relayed responses and of their items, by the callers that received them. */
  readonly given: ResponseHomes
  /** Ids of conversations. Naming one does not make a caller its owner. */
  readonly conversations: ResponseHomes
  /** Marks of what is sealed in relayed answers: only the account that made it can read it. */
  readonly sealed: ResponseHomes
  /** Ids of answers that every target can continue. Only the cache of their own one is warm. */
  readonly continued: ResponseHomes
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
      call.belonging?.isAt(home.target, home.key)
    } else if (!home && kind !== 'mention' && !homes.trustsUnknown) {
      // Translated requests look up no id.
      pinned = pinned.filter((target) => !isRelayed(call, envelope, target))
      if (pinned.length === 0) throw unknown(reference)
    }
  }
  return pinSealed(call, envelope, pinned, homes)
}

/** Nothing else in a request has the effect of these. */
const STANDS_ALONE: ReadonlySet<Reference['kind']> = new Set([
  'response',
  'thread',
  'conversation',
  'item',
])

/**
 * Sends a request that brings back what an account has sealed to that account. Others can serve it only if they are sent
 * a translation, which leaves out what they could not read.
 */
const pinSealed = (
  call: GatewayCall,
  envelope: Envelope,
  targets: readonly Target[],
  { sealed }: Homes,
): readonly Target[] => {
  const { caller, protocol, body, belonging } = call
  if (!protocol.findSealed || !haveSeveralAccounts(targets)) return targets
  for (const mark of protocol.findSealed(body)) {
    const home = sealed.find(caller, mark)
    const there = home ? atHome(targets, home.target) : []
    if (!home || there.length === 0) continue
    // A response that the call continues says more.
    if (!belonging?.home) belonging?.isAt(home.target, home.key)
    const { provider } = home.target
    return targets.filter(
      (target) => target.provider.name === provider.name || !isRelayed(call, envelope, target),
    )
  }
  return targets
}

export const haveSeveralAccounts = ([first, ...others]: readonly Target[]): boolean =>
  others.some(({ provider }) => provider !== first?.provider) ||
  (first?.provider.kind === 'http' && first.provider.keys !== undefined)

/** @param notesSealed whether another target or key could be chosen for what this answer seals. */
export const noteHomeFor = (
  call: GatewayCall,
  envelope: Envelope,
  references: readonly Reference[],
  homes: Homes,
  notesSealed: boolean,
): ((target: Target) => Partial<Notes>) | undefined => {
  const kept = call.protocol.keeps?.(call.body, envelope.members) ?? 'nothing'
  const { caller, inFrames } = call
  const used = call.belonging?.used
  if (kept === 'nothing')
    return notesSealed && call.protocol.findSealed
      ? (target) => ({
          ...noteItemsFor(caller, target, homes, { given: false, sealed: true, used }),
          // A socket continues it nevertheless.
          ...(inFrames && {
            onAnswer({ id }) {
              noteContinued(homes, caller, id, target, used?.key)
              return true
            },
          }),
        })
      : undefined
  const conversation = references.find(({ kind }) => kind === 'conversation')
  return (answering) => ({
    ...noteItemsFor(caller, answering, homes, { given: true, sealed: notesSealed, used }),
    onAnswer({ id }, isComplete) {
      const [target, key] = [toHome(answering), used?.key]
      if (conversation)
        homes.conversations.note(caller, conversation.id, { target, key, counted: true })
      if (kept === 'parts' || typeof id !== 'string') return true
      const home = homes.given.note(caller, id, { target, key, counted: false })
      const isNews = !home.counted
      if (isComplete) home.counted = true
      return isNews
    },
  })
}

export const noteContinued = (
  { continued }: Homes,
  caller: Caller,
  id: unknown,
  answering: NamedTarget,
  key: string | undefined,
): void => {
  if (typeof id === 'string')
    continued.note(caller, id, { target: toHome(answering), key, counted: true })
}

/** Prefers the target that answered what the call continues: it still has a cache of it. */
export const preferLast = (
  { caller, belonging }: GatewayCall,
  continuedId: string | undefined,
  { given, continued }: Homes,
): void => {
  if (continuedId === undefined || !belonging) return
  const home = continued.find(caller, continuedId) ?? given.find(caller, continuedId)
  if (home) belonging.follows(home.target, home.key)
}

interface Noted {
  readonly given: boolean
  readonly sealed: boolean
  /** Has the key that was used, by the time of the answer. */
  readonly used: { readonly key: string | undefined } | undefined
}

export const noteItemsFor = (
  caller: Caller,
  answering: NamedTarget,
  homes: Homes,
  { given, sealed, used }: Noted,
): Pick<Notes, 'onGiven'> => ({
  onGiven(ids) {
    for (const id of ids) {
      const isSealed = isSealedMark(id)
      if (!(isSealed ? sealed : given)) continue
      // Each has its own: one that is given again by another target moves alone.
      const home = { target: toHome(answering), key: used?.key, counted: true }
      ;(isSealed ? homes.sealed : homes.given).note(caller, id, home)
    }
  },
})

/** Without the provider itself, which would be kept for as long as the id, whatever is configured by then. */
const toHome = ({ provider: { name }, model }: NamedTarget): NamedTarget => ({
  provider: { name },
  model,
})

const atHome = (targets: readonly Target[], home: NamedTarget): readonly Target[] => {
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
  { provider }: NamedTarget,
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
