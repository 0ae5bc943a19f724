/** Writes the turns of a conversation as contents. */
import type { JsonObject, Part, ReasoningPart, ToolResultPart, Turn } from '#model'
import { withoutBillingNotes } from '../requests/billing-notes.ts'
import { toPartName } from '../requests/content/native-parts.ts'
import { originOf } from '../thoughts/reasoning-origin.ts'
import { toStrictOrder } from '../requests/turns/turn-order.ts'
import { encodePart, encodeParts, encodeResultParts } from './encode-content.ts'
import { toArgs } from './part-writer.ts'
import { toPlacedSignature } from './thoughts/thought-signatures.ts'
import type { RequestContent } from './wire.ts'
import type { Drop } from '../protocol.ts'

interface TurnContext {
  readonly provider: string
  readonly drop: Drop
  readonly toName: (name: string) => string
  readonly wantsCallSignatures: boolean
  readonly takesMediaInResults: boolean
}

interface EncodedTurns {
  readonly system: readonly JsonObject[]
  readonly contents: readonly RequestContent[]
}

export const encodeTurns = (turns: readonly Turn[], context: TurnContext): EncodedTurns => {
  const { drop } = context
  const [head, rest] = splitSystem(turns)
  const system = head
    .flatMap(({ parts }) => withoutBillingNotes(parts))
    .flatMap((part) => encodeSystem(part, drop))
  const contents: OpenContent[] = []
  const names = new Map<string, string>()
  for (const { role, parts } of toStrictOrder(rest)) {
    for (const part of parts) if (part.kind === 'tool-call') names.set(part.id, part.name)
    if (role === 'assistant') append(contents, 'model', encodeModel(parts, context))
    else if (role === 'tool') append(contents, 'user', encodeResults(parts, names, context))
    else if (role === 'user') append(contents, 'user', encodeParts(parts, drop))
    else append(contents, 'user', encodeParts(parts, drop).map(toReminder))
  }
  return { system, contents }
}

/** A system instruction holds only text. */
const encodeSystem = (part: Part, drop: Drop): JsonObject[] => {
  const encoded = encodePart(part, drop)
  if (!encoded || encoded.text !== undefined) return encoded ? [encoded] : []
  drop(toPartName(part))
  return []
}

/** Splits the system prompt from the conversation. If there is only a prompt, its last turn becomes the question. */
const splitSystem = (turns: readonly Turn[]): readonly [readonly Turn[], readonly Turn[]] => {
  const first = turns.findIndex(({ role }) => role !== 'system')
  if (first !== -1) return [turns.slice(0, first), turns.slice(first)]
  return [turns.slice(0, -1), turns.slice(-1).map(({ parts }) => ({ role: 'user', parts }))]
}

/** A conversation has no system turns here; their text is marked the way agents do. */
const toReminder = (part: JsonObject): JsonObject =>
  typeof part.text === 'string'
    ? { text: `<system-reminder>\n${part.text}\n</system-reminder>` }
    : part

interface OpenContent {
  readonly role: RequestContent['role']
  readonly parts: JsonObject[]
}

/** Consecutive turns of one role become one content. */
const append = (
  contents: OpenContent[],
  role: OpenContent['role'],
  parts: readonly JsonObject[],
): void => {
  if (parts.length === 0) return
  const last = contents.at(-1)
  if (last?.role === role) for (const part of parts) last.parts.push(part)
  else contents.push({ role, parts: [...parts] })
}

/**
 * Replaces the signature of a call that another model made, or whose client lost it:
 * https://ai.google.dev/gemini-api/docs/thought-signatures (FAQs)
 */
const NO_SIGNATURE = 'skip_thought_signature_validator'

const signed = (signature: string | undefined): JsonObject =>
  signature === undefined ? {} : { thoughtSignature: signature }

/** Signatures of thoughts, in the order in which parts take them. */
const createWaitingList = () => {
  const signatures: string[] = []
  let used = 0
  return {
    add: (signature: string) => void signatures.push(signature),
    next: (): string | undefined => (used < signatures.length ? signatures[used++] : undefined),
    rest: (): readonly string[] => signatures.slice(used),
  }
}

const encodeModel = (parts: readonly Part[], context: TurnContext): JsonObject[] => {
  const { drop, toName } = context
  const waiting = { call: createWaitingList(), text: createWaitingList() }
  let calls = 0

  const encodeThought = (thought: ReasoningPart): JsonObject[] => {
    const { text, signature = '' } = thought
    if (thought.redacted !== undefined || originOf(signature) !== context.provider) {
      drop('thinking')
      return []
    }
    const shown = text === '' ? [] : [{ text, thought: true }]
    const placed = toPlacedSignature(signature)
    if (!placed) return shown
    const { place, thoughtSignature } = placed
    if (place === 'thought') return [{ text, thought: true, thoughtSignature }]
    if (place === 'empty-text') return [...shown, { text: '', thoughtSignature }]
    waiting[place].add(thoughtSignature)
    return shown
  }

  const encoded = parts.flatMap((part): JsonObject[] => {
    if (part.kind === 'reasoning') return encodeThought(part)
    if (part.kind === 'tool-call') {
      // Of parallel calls, only the first carries a signature. Every step gets one, not only those of the current turn:
      // if an older step changed, its cached prefix would be lost.
      const isFirst = calls++ === 0
      const substitute = isFirst && context.wantsCallSignatures ? NO_SIGNATURE : undefined
      const functionCall = {
        id: part.id,
        name: toName(part.name),
        args: toArgs(part) ?? { arguments: part.arguments },
      }
      return [{ functionCall, ...signed(waiting.call.next() ?? substitute) }]
    }
    const other = encodePart(part, drop)
    if (!other) return []
    return [part.kind === 'text' ? { ...other, ...signed(waiting.text.next()) } : other]
  })
  const left = [...waiting.call.rest(), ...waiting.text.rest()].map((thoughtSignature) => ({
    text: '',
    thoughtSignature,
  }))
  return [...encoded, ...left]
}

const isResult = (part: Part): part is ToolResultPart => part.kind === 'tool-result'

/** Writes all results first. Media that a result cannot hold follows them. */
const encodeResults = (
  parts: readonly Part[],
  names: ReadonlyMap<string, string>,
  context: TurnContext,
): JsonObject[] => {
  const carried: JsonObject[] = []
  const results = parts.filter(isResult).map((result): JsonObject => {
    const { response, media } = encodeResultParts(result.parts, result.isError, context.drop)
    const nested = context.takesMediaInResults && media.length > 0
    if (!nested && media.length > 0)
      carried.push({ text: `From the result of the tool call ${result.callId}:` }, ...media)
    const name = context.toName(names.get(result.callId) ?? 'unknown')
    return {
      functionResponse: {
        id: result.callId,
        name,
        response,
        ...(nested ? { parts: media } : {}),
      },
    }
  })
  return [...results, ...carried]
}
