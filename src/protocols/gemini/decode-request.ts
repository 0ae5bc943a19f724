/** Reads a request to generate content. Model and stream come from its path and have been put into the body. */
import {
  type AnswerFormat,
  type Effort,
  EFFORTS,
  invalidRequest,
  type JsonObject,
  type ModelRequest,
  type Part,
  type ReasoningRequest,
  type Turn,
} from '#model'
import {
  at,
  optionalArray,
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredString,
  toObject,
  toString,
  unknownFields,
  withoutUndefined,
} from '../requests/fields.ts'
import { listIgnoredFields } from '../requests/ignored-fields.ts'
import { type CallNames, createCallNames } from './call-names.ts'
import { decodeParts, decodeSystem, isResult } from './decode-content.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { toJsonSchema } from './schemas.ts'
import { GEMINI_REQUEST } from './known-fields.ts'
import { optionalList, requiredList, withCamelKeys } from './wire.ts'

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
])

const CONFIG = 'generationConfig'

const KNOWN_SETTINGS: ReadonlySet<string> = new Set([
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'stopSequences',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'thinkingConfig',
  'candidateCount',
])

export const decodeRequest = (given: JsonObject): ModelRequest => {
  const body = withCamelKeys(given)
  const config = withCamelKeys(optionalObject(body, CONFIG) ?? {})
  if ((optionalCount(config, 'candidateCount', CONFIG) ?? 1) > 1)
    throw invalidRequest(
      `'${CONFIG}.candidateCount' must be 1: this model gives one answer at a time.`,
      `${CONFIG}.candidateCount`,
    )
  const rest = toRest(body, config)
  const calls = createCallNames()
  const system = decodeSystem(body.systemInstruction, 'systemInstruction', calls)
  const turns = requiredList(body, 'contents').flatMap((content, index) =>
    toTurns(content, at('contents', index), calls),
  )
  if (turns.length === 0) throw invalidRequest("'contents' must hold a part.", 'contents')
  return withoutUndefined<ModelRequest>({
    model: requiredString(body, 'model'),
    stream: optionalBoolean(body, 'stream') ?? false,
    turns: [...withParts({ role: 'system', parts: system }), ...turns],
    tools: decodeTools(optionalList(body, 'tools') ?? [], 'tools'),
    toolChoice: decodeToolChoice(optionalObject(body, 'toolConfig')),
    maxOutputTokens: optionalCount(config, 'maxOutputTokens', CONFIG),
    temperature: optionalNumber(config, 'temperature', CONFIG),
    topP: optionalNumber(config, 'topP', CONFIG),
    topK: optionalNumber(config, 'topK', CONFIG),
    seed: optionalNumber(config, 'seed', CONFIG),
    presencePenalty: optionalNumber(config, 'presencePenalty', CONFIG),
    frequencyPenalty: optionalNumber(config, 'frequencyPenalty', CONFIG),
    stopSequences: optionalArray(config, 'stopSequences', CONFIG)?.map((sequence, index) =>
      toString(sequence, at(at(CONFIG, 'stopSequences'), index)),
    ),
    reasoning: toReasoning(optionalObject(config, 'thinkingConfig', CONFIG)),
    answerFormat: toAnswerFormat(config),
    usageInStream: true,
    extensions: Object.keys(rest).length > 0 ? { gemini: rest } : undefined,
    ignoredFields: listIgnoredFields(given, GEMINI_REQUEST),
  } as ModelRequest)
}

/** The fields that the vocabulary has no place for, by path. */
const toRest = (body: JsonObject, config: JsonObject): JsonObject =>
  Object.fromEntries(
    [
      ...Object.entries(unknownFields(body, KNOWN_FIELDS)),
      ...Object.entries(unknownFields(config, KNOWN_SETTINGS)).map(
        ([key, value]) => [at(CONFIG, key), value] as const,
      ),
    ].filter(([, value]) => value !== null && value !== undefined),
  )

const withParts = (turn: Turn): Turn[] => (turn.parts.length > 0 ? [turn] : [])

const ROLES: Readonly<Record<string, Turn['role']>> = {
  user: 'user',
  function: 'user',
  model: 'assistant',
  system: 'system',
}

const toTurns = (value: unknown, path: string, calls: CallNames): Turn[] => {
  const content = toObject(value, path)
  const given = optionalString(content, 'role', path) || 'user'
  const role = Object.hasOwn(ROLES, given) ? ROLES[given] : undefined
  if (!role)
    throw invalidRequest(`'${at(path, 'role')}' must be 'user' or 'model'.`, at(path, 'role'))
  const parts = decodeParts(content.parts ?? [], at(path, 'parts'), calls)
  const rest = parts.filter((part) => !isResult(part))
  refuseCallsOf(role, rest, path)
  return [
    ...withParts({ role: 'tool', parts: parts.filter(isResult) }),
    ...withParts({ role, parts: rest }),
  ]
}

const refuseCallsOf = (role: Turn['role'], parts: readonly Part[], path: string): void => {
  if (role !== 'assistant' && parts.some(({ kind }) => kind === 'tool-call'))
    throw invalidRequest(
      `'${at(path, 'parts')}' holds a functionCall, which only the role 'model' makes.`,
      at(path, 'parts'),
    )
}

const AUTOMATIC = -1

const toReasoning = (thinking: JsonObject | undefined): ReasoningRequest | undefined => {
  if (!thinking) return undefined
  const path = at(CONFIG, 'thinkingConfig')
  const given = withCamelKeys(thinking)
  const budget = optionalNumber(given, 'thinkingBudget', path)
  const level = (optionalString(given, 'thinkingLevel', path) ?? '').toLowerCase()
  const shown = optionalBoolean(given, 'includeThoughts', path)
  const effort = EFFORTS.find((known): known is Effort => known === level)
  if (budget === 0) return { effort: 'none' }
  const isOpen = effort === undefined && (budget === undefined || budget === AUTOMATIC)
  if (isOpen && budget === undefined && shown !== true) return undefined
  return withoutUndefined({
    effort,
    budgetTokens: budget !== undefined && budget > 0 ? Math.floor(budget) : undefined,
    adaptive: isOpen ? true : undefined,
    display: shown === undefined ? undefined : shown ? 'summarized' : 'omitted',
  } as ReasoningRequest)
}

const toAnswerFormat = (config: JsonObject): AnswerFormat | undefined => {
  const openApi = optionalObject(config, 'responseSchema', CONFIG)
  const schema = config.responseJsonSchema ?? (openApi && toJsonSchema(openApi))
  if (schema !== undefined) return { kind: 'json-schema', schema }
  const mimeType = optionalString(config, 'responseMimeType', CONFIG)
  return mimeType === 'application/json' ? { kind: 'json' } : undefined
}
