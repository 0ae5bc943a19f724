/** Writes a Responses request. The upstream stores nothing: every call carries the complete conversation. */
import { type AnswerFormat, isJsonObject, type JsonObject, type ModelRequest } from '#model'
import { toEffort, toKnownEffort } from '../requests/effort.ts'
import { lookUp, withoutUndefined } from '../requests/fields.ts'
import { toOpaqueUser } from '../requests/opaque-user.ts'
import {
  createSchemaFilter,
  isStrict,
  type SchemaFilter,
  toParameters,
} from '../openai-chat/index.ts'
import type { Drop, EncodedRequest, TargetTraits } from '../protocol.ts'
import { createToolNames } from '../requests/tools/tool-names.ts'
import { dropSampling } from '../requests/drop-sampling.ts'
import { PROTOCOL } from './decode-content.ts'
import { encodeTurns } from './items/encode-items.ts'
import { encodeToolChoice, encodeTools } from './encode-tools.ts'

const ENCRYPTED = 'reasoning.encrypted_content'
const LEAST_OUTPUT_TOKENS = 16

/** Default values: nothing is lost by leaving them out. */
const DEFAULTS: Readonly<Record<string, unknown>> = { temperature: 1, top_p: 1 }

export const encodeRequest = (request: ModelRequest, target: TargetTraits): EncodedRequest => {
  const dropped = new Set<string>()
  const drop: Drop = (name) => dropped.add(name)
  const names = createToolNames()
  const toSchema = createSchemaFilter(target.refusedSchemaKeywords, drop)
  const context = { provider: target.provider, drop, toName: names.toWire, toSchema }
  const { instructions, input } = encodeTurns(request.turns, context)
  const tools = encodeTools(request, context)
  const own = ownExtensions(request, drop)
  const reasoning = encodeReasoning(request, target, drop)
  const format = request.answerFormat && encodeFormat(request.answerFormat, toSchema)
  const body: JsonObject = withoutUndefined({
    ...own,
    model: target.model,
    instructions,
    input,
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: encodeToolChoice(request.toolChoice, tools, context) ?? own.tool_choice,
    parallel_tool_calls: tools.length > 0 ? request.parallelToolCalls : undefined,
    max_output_tokens: toLimit(request, target),
    temperature: request.temperature,
    top_p: request.topP,
    reasoning: merge(own.reasoning, reasoning),
    text: merge(own.text, format && { format }),
    // Models that do not think refuse this field.
    include: addTo(own.include, reasoning ? ENCRYPTED : undefined),
    store: own.store ?? false,
    safety_identifier: toOpaqueUser(request.userId),
    stream: request.stream,
  })
  if (request.topK !== undefined) drop('top_k')
  dropSampling(request, drop)
  if (request.stopSequences && request.stopSequences.length > 0) drop('stop')
  for (const field of target.refusedFields ?? []) omit(body, field, drop)
  const { provider } = target
  return {
    body,
    dropped: [...dropped],
    undo: { toolNames: names.changed, freeformTools: new Set(), provider },
  }
}

/** Fields that the same vendor also has in Chat, with the same names. */
const SHARED_WITH_CHAT: ReadonlySet<string> = new Set([
  'metadata',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
])

const ownExtensions = ({ extensions = {} }: ModelRequest, drop: Drop): JsonObject => {
  const { [PROTOCOL]: own = {}, 'openai-chat': chat = {}, ...foreign } = extensions
  for (const fields of Object.values(foreign)) for (const name of Object.keys(fields)) drop(name)
  const shared: JsonObject = {}
  for (const [name, value] of Object.entries(chat))
    if (SHARED_WITH_CHAT.has(name)) shared[name] = value
    else if (name === 'verbosity') shared.text = { verbosity: value }
    else drop(name)
  return { ...shared, ...own }
}

const merge = (kept: unknown, fields: JsonObject | undefined): JsonObject | undefined =>
  isJsonObject(kept) ? { ...kept, ...fields } : fields

const addTo = (kept: unknown, entry: string | undefined): readonly unknown[] | undefined => {
  const all = new Set<unknown>([...(Array.isArray(kept) ? kept : []), ...(entry ? [entry] : [])])
  return all.size > 0 ? [...all] : undefined
}

const toLimit = ({ maxOutputTokens }: ModelRequest, target: TargetTraits): number | undefined =>
  maxOutputTokens === undefined
    ? undefined
    : Math.max(LEAST_OUTPUT_TOKENS, Math.min(maxOutputTokens, target.maxOutputTokens ?? Infinity))

/**
 * `none` is left out although the protocol has the word: most models refuse it, and for the others it is the default.
 */
const encodeReasoning = (
  { reasoning }: ModelRequest,
  { efforts }: TargetTraits,
  drop: Drop,
): JsonObject | undefined => {
  if (!reasoning) return undefined
  const { effort, budgetTokens, display } = reasoning
  const wanted = effort ?? (budgetTokens === undefined ? undefined : toEffort(budgetTokens))
  if (wanted === 'none') return void drop('thinking')
  return withoutUndefined({
    effort: wanted && toKnownEffort(wanted, efforts),
    summary: display === 'summarized' ? 'auto' : undefined,
  })
}

const encodeFormat = (format: AnswerFormat, toSchema: SchemaFilter): JsonObject => {
  if (format.kind === 'json') return { type: 'json_object' }
  const { name = 'answer', description } = format
  const wanted = toSchema(format.schema, 'response_format')
  const strict = format.strict ?? isStrict(wanted)
  const schema = strict ? wanted : toParameters(wanted)
  return withoutUndefined({ type: 'json_schema', name, description, schema, strict })
}

const omit = (body: JsonObject, field: string, drop: Drop): void => {
  if (body[field] === undefined) return
  if (lookUp(DEFAULTS, field) !== body[field]) drop(field)
  delete body[field]
}
