/** Reads a Messages request. */
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
  type Tool,
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
  requiredString,
  toObject,
  toString,
  unknownFields,
  withoutUndefined,
} from '../requests/fields.ts'
import { refuseMisplaced } from '../requests/content/misplaced-parts.ts'
import { listIgnoredFields } from '../requests/ignored-fields.ts'
import { decodeContent } from './decode-content.ts'
import { MESSAGES_REQUEST } from './known-fields.ts'
import { PROTOCOL } from './wire.ts'

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'thread',
  'mcp_servers',
])

export const decodeRequest = (body: JsonObject): ModelRequest => {
  refuseUntranslatable(body)
  if (body.max_tokens === undefined || body.max_tokens === null)
    throw invalidRequest("'max_tokens' is required.", 'max_tokens')
  const thinking = optionalObject(body, 'thinking')
  const outputConfig = optionalObject(body, 'output_config')
  const metadata = optionalObject(body, 'metadata')
  const choice = optionalObject(body, 'tool_choice')
  const effort = outputConfig && toEffort(optionalString(outputConfig, 'effort', 'output_config'))
  const toolChoice = choice && toToolChoice(choice)
  const reasoning = toReasoning(thinking, effort)
  const extensions = withoutUndefined({
    ...unknownFields(body, KNOWN_FIELDS),
    output_config: rest(outputConfig, effort === undefined ? ['format'] : ['format', 'effort']),
    metadata: rest(metadata, ['user_id']),
    tool_choice: choice && !toolChoice ? choice : undefined,
    thinking: thinking && !isKnownThinking(thinking) ? thinking : undefined,
  })
  return withoutUndefined<ModelRequest>({
    model: requiredString(body, 'model'),
    stream: optionalBoolean(body, 'stream') ?? false,
    turns: [...toSystem(body.system), ...requiredArray(body, 'messages').flatMap(toTurns)],
    tools: (optionalArray(body, 'tools') ?? []).map(toTool),
    toolChoice,
    parallelToolCalls:
      choice && optionalBoolean(choice, 'disable_parallel_tool_use', 'tool_choice') === true
        ? false
        : undefined,
    maxOutputTokens: optionalCount(body, 'max_tokens'),
    temperature: optionalNumber(body, 'temperature'),
    topP: optionalNumber(body, 'top_p'),
    topK: optionalCount(body, 'top_k'),
    stopSequences: optionalArray(body, 'stop_sequences')?.map((sequence, index) =>
      toString(sequence, at('stop_sequences', index)),
    ),
    reasoning,
    answerFormat: toFormat(outputConfig?.format ?? body.output_format),
    userId: metadata && optionalString(metadata, 'user_id', 'metadata'),
    extensions: Object.keys(extensions).length > 0 ? { [PROTOCOL]: extensions } : undefined,
    ignoredFields: listIgnoredFields(body, MESSAGES_REQUEST),
  } as ModelRequest)
}

const refuseUntranslatable = ({ thread, mcp_servers }: JsonObject): void => {
  if (thread !== undefined && thread !== null)
    throw new GatewayError(
      'invalid_request',
      "'thread' needs a model that keeps conversations; send the whole conversation in 'messages'.",
      { param: 'thread', vendorCode: 'thread_unsupported_request' },
    )
  if (Array.isArray(mcp_servers) ? mcp_servers.length > 0 : mcp_servers)
    throw invalidRequest(
      "'mcp_servers' is not supported by the model that this name leads to.",
      'mcp_servers',
    )
}

const rest = (object: JsonObject | undefined, known: readonly string[]): JsonObject | undefined => {
  const unknown = Object.entries(unknownFields(object ?? {}, new Set(known)))
  const given = unknown.filter(([, value]) => value !== null)
  return given.length > 0 ? Object.fromEntries(given) : undefined
}

const toSystem = (system: unknown): Turn[] => {
  const parts = system === undefined || system === null ? [] : decodeContent(system, 'system')
  refuseMisplaced('system', parts, 'system')
  return parts.length > 0 ? [{ role: 'system', parts }] : []
}

/** Tool results come first in a user's message; here they are a separate turn. */
const toTurns = (value: unknown, index: number): Turn[] => {
  const path = at('messages', index)
  const message = toObject(value, path)
  const role = requiredString(message, 'role', path)
  const where = at(path, 'content')
  // A system message may carry only settings.
  if (role === 'system') {
    const parts = decodeContent(message.content ?? '', where)
    refuseMisplaced(role, parts, where)
    return withParts({ role, parts })
  }
  if (message.content === undefined) throw invalidRequest(`'${where}' is required.`, where)
  if (role !== 'user' && role !== 'assistant')
    throw invalidRequest(
      `'${at(path, 'role')}' must be 'user', 'assistant' or 'system'.`,
      at(path, 'role'),
    )
  const parts = decodeContent(message.content, where)
  const others = parts.filter(({ kind }) => kind !== 'tool-result')
  refuseMisplaced(role, others, where)
  return [
    ...withParts({ role: 'tool', parts: parts.filter(({ kind }) => kind === 'tool-result') }),
    ...withParts({ role, parts: others }),
  ]
}

const withParts = (turn: Turn): Turn[] => (turn.parts.length > 0 ? [turn] : [])

const toTool = (value: unknown, index: number): Tool => {
  const path = at('tools', index)
  const tool = toObject(value, path)
  const type = optionalString(tool, 'type', path)
  if (type !== undefined && type !== 'custom') {
    const name = typeof tool.name === 'string' ? tool.name : type
    return { kind: 'native', protocol: PROTOCOL, name, value: tool }
  }
  return withoutUndefined<Tool>({
    kind: 'function',
    name: requiredString(tool, 'name', path),
    description: optionalString(tool, 'description', path),
    schema: optionalObject(tool, 'input_schema', path),
    strict: optionalBoolean(tool, 'strict', path),
    deferred: optionalBoolean(tool, 'defer_loading', path),
    cacheControl: tool.cache_control ?? undefined,
  } as Tool)
}

const MODES: Readonly<Record<string, 'auto' | 'none' | 'required'>> = {
  auto: 'auto',
  any: 'required',
  none: 'none',
}

const toToolChoice = (choice: JsonObject): ToolChoice | undefined => {
  const type = requiredString(choice, 'type', 'tool_choice')
  if (type === 'tool') return { mode: 'named', name: requiredString(choice, 'name', 'tool_choice') }
  const mode = MODES[type]
  return mode && { mode }
}

const isEffort = (value: unknown): value is Effort => EFFORTS.some((effort) => effort === value)

const toEffort = (value: unknown): Effort | undefined => (isEffort(value) ? value : undefined)

const KNOWN_THINKING: ReadonlySet<unknown> = new Set(['enabled', 'adaptive', 'disabled'])

const isKnownThinking = ({ type }: JsonObject): boolean => KNOWN_THINKING.has(type)

const toReasoning = (
  thinking: JsonObject | undefined,
  effort: Effort | undefined,
): ReasoningRequest | undefined => {
  if (thinking?.type === 'disabled') return { effort: 'none' }
  const asked = thinking && isKnownThinking(thinking) ? thinking : undefined
  if (!asked && effort === undefined) return undefined
  const display = asked?.display
  return withoutUndefined({
    effort,
    budgetTokens: asked && optionalCount(asked, 'budget_tokens', 'thinking'),
    adaptive: asked?.type === 'adaptive' ? true : undefined,
    display: display === 'summarized' || display === 'omitted' ? display : undefined,
  } as ReasoningRequest)
}

const toFormat = (format: unknown): AnswerFormat | undefined =>
  isJsonObject(format) && format.type === 'json_schema'
    ? { kind: 'json-schema', schema: format.schema }
    : undefined
