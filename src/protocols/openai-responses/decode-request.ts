/** Reads a Responses request. */
import {
  type AnswerFormat,
  type Effort,
  EFFORTS,
  GatewayError,
  invalidRequest,
  isJsonObject,
  type JsonObject,
  type ModelRequest,
  type ReasoningRequest,
} from '#model'
import {
  at,
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredString,
  unknownFields,
  withoutUndefined,
} from '../requests/fields.ts'
import { listIgnoredFields } from '../requests/ignored-fields.ts'
import { decodeInput, toItems } from './items/decode-items.ts'
import { decodeAllTools, decodeToolChoice } from './decode-tools.ts'
import { toExtensions } from './response/answer-notes.ts'
import { RESPONSES_REQUEST } from './known-fields.ts'
import { asksForSummary, toSummaryRequest } from './compaction/summarise.ts'

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'reasoning',
  'text',
  'user',
  'safety_identifier',
  'previous_response_id',
  'conversation',
  'prompt',
  'background',
])

export const decodeRequest = (body: JsonObject): ModelRequest => {
  refuseMissingState(body)
  const items = toItems(body.input)
  const tools = decodeAllTools(body, items)
  const text = optionalObject(body, 'text')
  const thinking = optionalObject(body, 'reasoning')
  const reasoning = thinking && toReasoning(thinking)
  const answerFormat = text && toAnswerFormat(text)
  const toolChoice = decodeToolChoice(body.tool_choice)
  const ownFields = withoutNull({
    ...unknownFields(body, KNOWN_FIELDS),
    text: rest(text, answerFormat || isPlain(text) ? ['format'] : []),
    reasoning: rest(thinking, reasoning ? ['effort', 'summary', 'generate_summary'] : []),
    tool_choice: toolChoice ? undefined : body.tool_choice,
  })
  const isSummary = asksForSummary(items)
  const request = withoutUndefined<ModelRequest>({
    model: requiredString(body, 'model'),
    stream: optionalBoolean(body, 'stream') ?? false,
    turns: decodeInput(body, tools),
    tools,
    toolChoice,
    parallelToolCalls: optionalBoolean(body, 'parallel_tool_calls'),
    maxOutputTokens: optionalCount(body, 'max_output_tokens'),
    temperature: optionalNumber(body, 'temperature'),
    topP: optionalNumber(body, 'top_p'),
    reasoning,
    answerFormat,
    userId: optionalString(body, 'safety_identifier') ?? optionalString(body, 'user'),
    extensions: toExtensions(ownFields, body, isSummary),
    ignoredFields: listIgnoredFields(body, RESPONSES_REQUEST),
  } as ModelRequest)
  return isSummary ? toSummaryRequest(request) : request
}

/** Refuses state that some other server may keep, but this one does not. */
const refuseMissingState = (body: JsonObject): void => {
  const { conversation, prompt } = body
  const previous = optionalString(body, 'previous_response_id')
  if (previous !== undefined)
    throw new GatewayError(
      'invalid_request',
      `Previous response with id '${previous}' is not known here; send the whole conversation in 'input'.`,
      { param: 'previous_response_id', vendorCode: 'previous_response_not_found' },
    )
  if (conversation !== undefined && conversation !== null)
    throw invalidRequest(
      "The conversation is not known here; send the whole of it in 'input'.",
      'conversation',
    )
  if (prompt !== undefined && prompt !== null)
    throw invalidRequest(
      "The prompt is not known here; send its text in 'instructions' or 'input'.",
      'prompt',
    )
  optionalBoolean(body, 'background')
  optionalBoolean(body, 'store')
  if (body.input === undefined || body.input === null)
    throw invalidRequest("'input' is required.", 'input')
}

const withoutNull = (fields: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  )

const rest = (object: JsonObject | undefined, known: readonly string[]): JsonObject | undefined => {
  const given = withoutNull(unknownFields(object ?? {}, new Set(known)))
  return Object.keys(given).length > 0 ? given : undefined
}

const isEffort = (value: unknown): value is Effort => EFFORTS.some((effort) => effort === value)

/** A request for summaries without an effort does not ask for thinking. */
const toReasoning = (thinking: JsonObject): ReasoningRequest | undefined => {
  const effort = optionalString(thinking, 'effort', 'reasoning')
  if (!isEffort(effort)) return undefined
  const summary = thinking.summary ?? thinking.generate_summary
  return typeof summary === 'string' ? { effort, display: 'summarized' } : { effort }
}

const isPlain = (text: JsonObject | undefined): boolean =>
  isJsonObject(text?.format) && text.format.type === 'text'

const toAnswerFormat = (text: JsonObject): AnswerFormat | undefined => {
  const format = optionalObject(text, 'format', 'text')
  if (format?.type === 'json_object') return { kind: 'json' }
  if (format?.type !== 'json_schema') return undefined
  const path = at('text', 'format')
  return withoutUndefined<AnswerFormat>({
    kind: 'json-schema',
    schema: optionalObject(format, 'schema', path) ?? {},
    name: optionalString(format, 'name', path),
    description: optionalString(format, 'description', path),
    strict: optionalBoolean(format, 'strict', path),
  } as AnswerFormat)
}
