/** The lane for a client and an upstream that speak the same protocol. Bytes are relayed; a tap reads the usage. */
import { GatewayError, type JsonObject, parseObject } from '#model'
import { NOTHING_TO_UNDO, type Protocol } from '#protocols'
import { fromByteString } from '#streams'
import type { Redact } from '#telemetry'
import type { GatewayCall } from '../call.ts'
import type { Envelope } from '../request/envelope.ts'
import { applyEdits, type Edit } from '../request/edits.ts'
import type { Lane } from './lane.ts'
import { toClientHeaders, toUpstreamHeaders } from './relay-headers.ts'
import { type Notes, NOTHING, openRelay } from './relay/relay-stream.ts'
import { askForUsage } from './relay/usage-injection.ts'
import type { Spent } from '../record/spent.ts'
import { charactersOf } from './translate-lane.ts'

interface RelayTarget extends Partial<Notes> {
  readonly model: string
  readonly injectUsage: boolean
  /** Removes our keys from an error in the stream. Absent: the answer is never streamed. */
  readonly redact?: Redact
}

export const createRelayLane = (
  call: GatewayCall,
  envelope: Envelope,
  target: RelayTarget,
): Lane => {
  const { protocol } = call
  const askedForUsage =
    target.injectUsage && envelope.stream ? askForUsage(protocol, call.body, envelope) : undefined
  const edits: Edit[] = []
  const renamed = call.named ? undefined : toModelEdit(envelope, target.model)
  if (renamed) edits.push(renamed)
  if (askedForUsage) edits.push(askedForUsage)
  for (const span of protocol.findForeign?.(call.body) ?? []) edits.push({ json: '', ...span })

  return {
    kind: 'relay',
    protocol,
    path: call.toPath(target.model) + withoutKey(call.query),
    headers: toUpstreamHeaders(call.rawHeaders, protocol.requiredHeaders),
    body: applyEdits(call.body, edits),
    dropped: [],
    openStream() {
      if (!target.redact) throw new GatewayError('internal', 'This answer is not streamed.')
      return openRelay(call, {
        stripUsage: askedForUsage !== undefined,
        redact: target.redact,
        onAnswer: target.onAnswer,
        onGiven: target.onGiven,
      })
    },
    convert({ bytes }) {
      // An answer that is not an object is passed on: the client gets what the upstream said.
      const answer = parseObject(fromByteString(bytes))
      const fault = answer && protocol.decodeFault?.(answer)
      if (fault) throw fault
      const isPending = answer !== undefined && protocol.isPending?.(answer) === true
      if (answer) target.onGiven?.(protocol.givenIds?.(answer) ?? [])
      const isNews = !answer || (target.onAnswer?.(answer, !isPending) ?? true)
      if (isPending) return { body: bytes, usage: NOTHING, outputCharacters: 0 }
      const ending = answer && protocol.decodeEnding(answer)
      if (!isNews) return { body: bytes, usage: NOTHING, outputCharacters: 0, ending }
      const usage = (answer && readUsage(protocol, answer)) ?? {}
      const isTold = usage.outputTokens !== undefined && !usage.estimated
      const outputCharacters = isTold ? 0 : writtenIn(protocol, answer) || bytes.length
      const facts = answer && protocol.decodeFacts(answer)
      return { body: bytes, usage, outputCharacters, ending, answer: facts }
    },
    toClientHeaders,
  }
}

const toModelEdit = ({ model: asked, members }: Envelope, model: string): Edit | undefined => {
  if (model === asked) return undefined
  const member = members.find(({ key }) => key === 'model')
  return member && { start: member.start, end: member.end, json: JSON.stringify(model) }
}

const withoutKey = (query: string): string => {
  if (query === '') return query
  const pairs = query.slice(1).split('&')
  const kept = pairs.filter((pair) => !namesKey(pair))
  if (kept.length === pairs.length) return query
  return kept.length > 0 ? `?${kept.join('&')}` : ''
}

/** In any spelling: an upstream reads `k%65y` as `key`. */
const namesKey = (pair: string): boolean =>
  /^(?:k|%)/i.test(pair) && new URLSearchParams(pair).has('key')

/** The characters of its text: the JSON around it is no output. Read only if the upstream has not counted it. */
const writtenIn = ({ codec }: Protocol, answer: JsonObject | undefined): number => {
  try {
    return answer && codec ? charactersOf(codec.decodeMessage(answer, NOTHING_TO_UNDO)) : 0
  } catch {
    return 0
  }
}

const readUsage = (protocol: Protocol, answer: JsonObject): Spent['usage'] | undefined => {
  try {
    return protocol.decodeUsage(answer)
  } catch {
    return undefined
  }
}
