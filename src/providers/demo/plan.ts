/** Decides the demo's answer, as a pure function of the request. */
import { createHash } from 'node:crypto'
import {
  type Effort,
  type FinishReason,
  invalidRequest,
  isJsonObject,
  type ModelRequest,
  type PartOpening,
  type ReasoningRequest,
  type ToolResultPart,
} from '#model'
import { type Question, toQuestion } from './conversation.ts'
import type { Fault, Script, ScriptPart } from './directives.ts'
import { type CallableTool, type Offers, toOffers, toRequestedTools } from './offers.ts'
import { satisfySchema } from './samples/schema-instance.ts'
import { countTokens, firstTokens } from './tokens.ts'

export interface Plan {
  readonly id: string
  readonly parts: readonly PlannedPart[]
  readonly reason: FinishReason
  readonly stopSequence?: string
  readonly paceMs?: number
  readonly delayMs: number
  readonly fault?: Fault
}

interface PlannedPart {
  readonly opening: PartOpening
  readonly text: string
}

interface Ending {
  readonly parts: readonly PlannedPart[]
  readonly reason: FinishReason
  readonly stopSequence?: string
}

/** @throws GatewayError `invalid_request` if the request cannot be satisfied. */
export const toPlan = (request: ModelRequest): Plan => {
  const hash = hashOf(request)
  const question = toQuestion(request)
  const { script } = question
  const parts = [
    ...toThoughts(script, request.reasoning),
    ...toContent(request, question, toOffers(request), hash),
  ]
  const ending = limit(stopAt({ parts, reason: toReason(parts) }, request), request, script)
  return {
    ...ending,
    id: `demo-${hash}`,
    delayMs: script.delayMs ?? 0,
    ...(script.paceMs === undefined ? {} : { paceMs: script.paceMs }),
    ...(script.fault === undefined ? {} : { fault: script.fault }),
  }
}

/** The same request gets the same answer, streamed or not. */
const hashOf = (request: ModelRequest): string =>
  createHash('sha256')
    .update(JSON.stringify({ ...request, stream: undefined, usageInStream: undefined }))
    .digest('hex')
    .slice(0, 24)

const LABEL = '[demo]'
const FILLER = ' The quick brown fox jumps over the lazy dog.'
const FILLER_TOKENS = countTokens(FILLER)

const fill = (start: string, tokens: number): string =>
  firstTokens(start + FILLER.repeat(Math.ceil(tokens / FILLER_TOKENS)), tokens)

const EFFORT_TOKENS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 8,
  low: 16,
  medium: 32,
  high: 64,
  xhigh: 128,
  max: 256,
}

const toThoughts = (script: Script, reasoning: ReasoningRequest | undefined): PlannedPart[] => {
  const opening = { kind: 'reasoning' } as const
  const omitted = reasoning?.display === 'omitted'
  const scripted = script.parts.flatMap((part) => (part.kind === 'think' ? [part.text] : []))
  if (scripted.length > 0) return scripted.map((text) => ({ opening, text: omitted ? '' : text }))
  const tokens = reasoning ? thinkingTokens(reasoning) : 0
  return tokens > 0 ? [{ opening, text: omitted ? '' : fill('Thinking:', tokens) }] : []
}

const thinkingTokens = ({ effort, budgetTokens, adaptive }: ReasoningRequest): number => {
  if (effort === undefined && budgetTokens === undefined && adaptive !== true) return 0
  return Math.min(EFFORT_TOKENS[effort ?? 'medium'], budgetTokens ?? Infinity)
}

const toContent = (
  request: ModelRequest,
  question: Question,
  offers: Offers,
  hash: string,
): PlannedPart[] => {
  const scripted = toScripted(question.script.parts, offers, request)
  const calls = scripted.filter(isCall)
  if (calls.length === 0) {
    const fresh = scripted.length === 0 && question.results.length === 0
    const requested = fresh ? toRequestedTools(question.text, offers.tools) : []
    for (const tool of requested) calls.push(toCall(tool))
    if (calls.length === 0 && offers.forced) calls.push(toCall(offers.forced))
    scripted.push(...calls)
  }
  const content = scripted.length > 0 ? scripted : [toText(defaultText(request, question))]
  const kept =
    request.parallelToolCalls === false
      ? content.filter((part) => !isCall(part) || part === calls[0])
      : content
  return label(kept, request).map((part, index) =>
    part.opening.kind === 'tool-call'
      ? { ...part, opening: { ...part.opening, id: `call_${hash}_${index}` } }
      : part,
  )
}

const toScripted = (
  parts: readonly ScriptPart[],
  { tools }: Offers,
  request: ModelRequest,
): PlannedPart[] =>
  parts.flatMap((part): PlannedPart[] => {
    switch (part.kind) {
      case 'think':
        return []
      case 'say':
        return [toText(part.text)]
      case 'tokens':
        return [toText(fill(request.answerFormat ? '' : LABEL, part.count))]
      case 'refuse':
        return [
          {
            opening: { kind: 'refusal' },
            text: `${LABEL} ${part.text || 'I will not answer that.'}`,
          },
        ]
      case 'call': {
        // An agent's side requests have the same text but offer no tools.
        const tool = tools.find(({ name }) => name === part.name)
        return tool ? [toCall(tool, part.arguments)] : []
      }
    }
  })

const isCall = ({ opening }: PlannedPart): boolean => opening.kind === 'tool-call'

const toText = (text: string): PlannedPart => ({ opening: { kind: 'text' }, text })

const toCall = (tool: CallableTool, input?: string): PlannedPart => {
  const { name } = tool
  return tool.kind === 'freeform'
    ? { opening: { kind: 'tool-call', id: '', name, freeform: true }, text: input ?? 'demo' }
    : {
        opening: { kind: 'tool-call', id: '', name },
        text: input ?? toArguments(tool),
      }
}

/** Arguments must be an object, whatever the schema allows. */
const toArguments = ({ schema }: { readonly schema?: unknown }): string => {
  if (!isJsonObject(schema)) return '{}'
  const instance = satisfySchema({ ...schema, type: 'object' })
  if (!isJsonObject(instance)) throw unsatisfied('tools')
  return JSON.stringify(instance)
}

const toInstance = (schema: unknown, param: string): string => {
  const instance = satisfySchema(schema)
  if (instance === undefined) throw unsatisfied(param)
  return JSON.stringify(instance)
}

const unsatisfied = (param: string) =>
  invalidRequest('The demo found no small value for this JSON schema.', param)

const QUOTE_CHARACTERS = 300

const quote = (text: string): string =>
  text.length > QUOTE_CHARACTERS
    ? // Never split a surrogate pair.
      `${text.slice(0, QUOTE_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '')}…`
    : text

const defaultText = (request: ModelRequest, { script, text, results }: Question): string => {
  const { answerFormat } = request
  if (answerFormat?.kind === 'json-schema')
    return toInstance(answerFormat.schema, 'response_format')
  const names = results.length > 0 ? calledNames(request) : new Map<string, string>()
  const quoted = results.map((result) => quoteResult(result, names))
  if (answerFormat) return JSON.stringify({ demo: true, text: quoted.join('\n') || quote(text) })
  if (quoted.length > 0) return quoted.join('\n')
  const missing = script.parts.find((part) => part.kind === 'call')
  if (missing) return `No tool named ${missing.name} may be called.`
  return text === '' ? 'Nothing was said.' : `You said: ${quote(text)}`
}

/** Maps call ids to tool names; of several calls with one id, the last counts. */
const calledNames = ({ turns }: ModelRequest): ReadonlyMap<string, string> =>
  new Map(
    turns.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.kind === 'tool-call' ? [[part.id, part.name] as const] : [])),
    ),
  )

const quoteResult = (
  { callId, parts, isError }: ToolResultPart,
  names: ReadonlyMap<string, string>,
): string => {
  const name = names.get(callId) ?? callId
  const texts = parts.map((part) => (part.kind === 'text' ? quote(part.text) : `(${part.kind})`))
  return `${name} ${isError === true ? 'failed' : 'answered'}: ${texts.join(' ') || '(nothing)'}`
}

/** Marks free text as the demo's; requested JSON stays valid JSON. */
const label = (parts: readonly PlannedPart[], { answerFormat }: ModelRequest): PlannedPart[] => {
  let labelled = answerFormat !== undefined
  const merged: PlannedPart[] = []
  for (const part of parts) {
    if (part.opening.kind !== 'text') {
      merged.push(part)
      continue
    }
    const text = labelled || part.text.startsWith(LABEL) ? part.text : `${LABEL} ${part.text}`
    labelled = true
    const last = merged.at(-1)
    if (last?.opening.kind === 'text') merged[merged.length - 1] = toText(`${last.text}\n${text}`)
    else merged.push(toText(text))
  }
  return merged
}

const toReason = (parts: readonly PlannedPart[]): FinishReason => {
  if (parts.some(({ opening }) => opening.kind === 'refusal')) return 'content-filter'
  return parts.some(isCall) ? 'tool-calls' : 'stop'
}

/** Each sequence is searched for in the complete text. */
const MAX_STOP_SEQUENCES = 64

/** Stop sequences apply to text only, not to thoughts and arguments. */
const stopAt = (ending: Ending, { stopSequences = [] }: ModelRequest): Ending => {
  if (stopSequences.length > MAX_STOP_SEQUENCES)
    throw invalidRequest(`The demo takes ${MAX_STOP_SEQUENCES} stop sequences or less.`, 'stop')
  for (const [index, part] of ending.parts.entries()) {
    if (part.opening.kind !== 'text') continue
    const [first] = stopSequences
      .filter((sequence) => sequence !== '' && part.text.includes(sequence))
      .map((sequence) => ({ sequence, at: part.text.indexOf(sequence) }))
      .toSorted((one, other) => one.at - other.at)
    if (first)
      return {
        parts: [...ending.parts.slice(0, index), toText(part.text.slice(0, first.at))],
        reason: 'stop-sequence',
        stopSequence: first.sequence,
      }
  }
  return ending
}

const limit = (
  ending: Ending,
  { maxOutputTokens = Infinity }: ModelRequest,
  { lengthTokens }: Script,
): Ending => {
  let left = Math.min(maxOutputTokens, lengthTokens ?? Infinity)
  const kept: PlannedPart[] = []
  for (const part of ending.parts) {
    const tokens = countTokens(part.text)
    if (tokens > left) {
      if (left > 0) kept.push({ ...part, text: firstTokens(part.text, left) })
      return { parts: kept, reason: 'length' }
    }
    left -= tokens
    kept.push(part)
  }
  return lengthTokens === Infinity ? { parts: kept, reason: 'length' } : ending
}
