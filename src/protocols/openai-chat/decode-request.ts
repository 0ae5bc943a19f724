/** Reads a chat request. */
import {
  type AnswerFormat,
  type Effort,
  EFFORTS,
  invalidRequest,
  isJsonObject,
  type JsonObject,
  type ModelRequest,
  type ReasoningRequest,
  type ToolChoice,
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
  requiredArray,
  requiredObject,
  requiredString,
  toArray,
  toString,
  withoutUndefined,
} from '../requests/fields.ts'
import { refuseMisplaced } from '../requests/content/misplaced-parts.ts'
import { listIgnoredFields } from '../requests/ignored-fields.ts'
import { decodeContent } from './decode-content.ts'
import { decodeFunctions, decodeToolChoice, decodeTools } from './decode-tools.ts'
import { decodeTurns } from './decode-turns.ts'
import { CHAT_REQUEST } from './known-fields.ts'

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'messages',
  'tools',
  'functions',
  'parallel_tool_calls',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'stop',
  'system',
  'n',
  'user',
  'safety_identifier',
])

export const decodeRequest = (body: JsonObject): ModelRequest => {
  if ((optionalCount(body, 'n') ?? 1) > 1)
    throw invalidRequest("'n' must be 1: this model gives one answer at a time.", 'n')
  const streamOptions = optionalObject(body, 'stream_options')
  const toolChoice = toToolChoice(body)
  const reasoning = toReasoning(body)
  const answerFormat = toAnswerFormat(body)
  const rest = toRest(body, {
    tool_choice: toolChoice,
    function_call: toolChoice,
    reasoning_effort: reasoning?.effort,
    reasoning,
    response_format: answerFormat,
    stop_sequences: isUnset(body.stop) && Array.isArray(body.stop_sequences),
  })
  return withoutUndefined<ModelRequest>({
    model: requiredString(body, 'model'),
    stream: optionalBoolean(body, 'stream') ?? false,
    turns: [...toSystem(body), ...decodeTurns(requiredArray(body, 'messages'))],
    tools: [
      ...decodeTools(optionalArray(body, 'tools') ?? [], 'tools'),
      ...decodeFunctions(optionalArray(body, 'functions') ?? [], 'functions'),
    ],
    toolChoice,
    parallelToolCalls: toParallel(body),
    maxOutputTokens:
      optionalCount(body, 'max_completion_tokens') ?? optionalCount(body, 'max_tokens'),
    temperature: optionalNumber(body, 'temperature'),
    topP: optionalNumber(body, 'top_p'),
    topK: optionalCount(body, 'top_k'),
    seed: optionalNumber(body, 'seed'),
    presencePenalty: optionalNumber(body, 'presence_penalty'),
    frequencyPenalty: optionalNumber(body, 'frequency_penalty'),
    stopSequences: toStopSequences(body),
    reasoning,
    answerFormat: answerFormat === 'text' ? undefined : answerFormat,
    userId: optionalString(body, 'safety_identifier') ?? optionalString(body, 'user'),
    usageInStream:
      streamOptions && optionalBoolean(streamOptions, 'include_usage', 'stream_options'),
    extensions: Object.keys(rest).length > 0 ? { 'openai-chat': rest } : undefined,
    ignoredFields: listIgnoredFields(body, CHAT_REQUEST),
  } as ModelRequest)
}

/** The fields that the vocabulary has no place for; `understood` holds those that are only sometimes understood. */
const toRest = (body: JsonObject, understood: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(body).filter(
      ([key, value]) =>
        value !== null &&
        value !== undefined &&
        !KNOWN_FIELDS.has(key) &&
        !(Object.hasOwn(understood, key) && understood[key]),
    ),
  )

/** Anthropic's field for the system prompt. */
const toSystem = ({ system }: JsonObject): Turn[] => {
  const parts = decodeContent(system, 'system')
  refuseMisplaced('system', parts, 'system')
  return parts.length > 0 ? [{ role: 'system', parts }] : []
}

/** Anthropic sets this in the tool choice. */
const toParallel = (body: JsonObject): boolean | undefined => {
  const { tool_choice: choice } = body
  const isOff =
    isJsonObject(choice) &&
    optionalBoolean(choice, 'disable_parallel_tool_use', 'tool_choice') === true
  return isOff ? false : optionalBoolean(body, 'parallel_tool_calls')
}

const toToolChoice = (body: JsonObject): ToolChoice | undefined => {
  for (const key of ['tool_choice', 'function_call'])
    if (body[key] !== undefined && body[key] !== null) return decodeToolChoice(body[key], key)
  return undefined
}

const isEffort = (value: unknown): value is Effort => EFFORTS.some((effort) => effort === value)

/** `reasoning` is OpenRouter's field: https://openrouter.ai/docs/use-cases/reasoning-tokens */
const toReasoning = (body: JsonObject): ReasoningRequest | undefined => {
  const given = optionalString(body, 'reasoning_effort')
  const more = optionalObject(body, 'reasoning')
  const effort = given ?? (more && optionalString(more, 'effort', 'reasoning'))
  const budgetTokens = more && optionalCount(more, 'max_tokens', 'reasoning')
  if (!isEffort(effort) && budgetTokens === undefined) return undefined
  return withoutUndefined({
    effort: isEffort(effort) ? effort : undefined,
    budgetTokens,
  } as ReasoningRequest)
}

const toAnswerFormat = (body: JsonObject): AnswerFormat | 'text' | undefined => {
  const format = optionalObject(body, 'response_format')
  if (!format) return undefined
  if (format.type === 'text') return 'text'
  if (format.type === 'json_object') return { kind: 'json' }
  if (format.type !== 'json_schema') return undefined
  const path = at('response_format', 'json_schema')
  const wanted = requiredObject(format, 'json_schema', 'response_format')
  return withoutUndefined({
    kind: 'json-schema',
    schema: optionalObject(wanted, 'schema', path) ?? {},
    name: optionalString(wanted, 'name', path),
    description: optionalString(wanted, 'description', path),
    strict: optionalBoolean(wanted, 'strict', path),
  } as AnswerFormat)
}

const isUnset = (value: unknown): boolean => value === undefined || value === null

const toStopSequences = ({ stop, stop_sequences }: JsonObject): readonly string[] | undefined => {
  if (stop === undefined || stop === null)
    return Array.isArray(stop_sequences) ? toSequences(stop_sequences, 'stop_sequences') : undefined
  if (typeof stop === 'string') return [stop]
  return toSequences(toArray(stop, 'stop'), 'stop')
}

const toSequences = (sequences: readonly unknown[], path: string): readonly string[] =>
  sequences.map((sequence, index) => toString(sequence, at(path, index)))
