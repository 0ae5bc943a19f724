/** Writes a chat request. */
import type { AnswerFormat, Effort, JsonObject, ModelRequest } from '#model'
import { toEffort, toKnownEffort } from '../requests/effort.ts'
import { lookUp, withoutUndefined } from '../requests/fields.ts'
import { toOpaqueUser } from '../requests/opaque-user.ts'
import type { Drop, EncodedRequest, TargetTraits } from '../protocol.ts'
import { createToolNames } from '../requests/tools/tool-names.ts'
import { encodeToolChoice, encodeTools } from './encode-tools.ts'
import { encodeTurns } from './encode-turns.ts'
import { createSchemaFilter, type SchemaFilter } from './refused-keywords.ts'
import { isStrict, toParameters } from './schemas.ts'
import { PROTOCOL } from './wire.ts'

/** Fields that clients of the other protocol spell differently. */
const CLIENT_NAMES: Readonly<Record<string, string>> = {
  stop: 'stop_sequences',
  reasoning_effort: 'thinking',
  response_format: 'output_config.format',
  parallel_tool_calls: 'tool_choice.disable_parallel_tool_use',
  max_completion_tokens: 'max_tokens',
  user: 'metadata.user_id',
}

/** Default values: nothing is lost by leaving them out. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  temperature: 1,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
}

export const encodeRequest = (request: ModelRequest, target: TargetTraits): EncodedRequest => {
  const dropped = new Set<string>()
  const drop: Drop = (name) => dropped.add(name)
  const names = createToolNames()
  const toSchema = createSchemaFilter(target.refusedSchemaKeywords, drop)
  const takesFreeform = target.takesFreeformTools ?? false
  const tools = encodeTools(request, names.toWire, toSchema, takesFreeform, drop)
  const messages = encodeTurns(request.turns, {
    provider: target.provider,
    reasoningField: target.replayedReasoning ?? 'reasoning_content',
    rules: target,
    takesFreeform,
    drop,
    toName: names.toWire,
  })
  const fields: JsonObject = withoutUndefined({
    model: target.model,
    messages,
    [target.maxTokensField ?? 'max_tokens']: toLimit(request, target),
    temperature: request.temperature,
    top_p: request.topP,
    seed: request.seed,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    stop: encodeStopSequences(request.stopSequences, drop),
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: encodeToolChoice(request.toolChoice, tools, names.toWire, drop),
    parallel_tool_calls: tools.length > 0 ? request.parallelToolCalls : undefined,
    reasoning_effort: encodeEffort(request, target, drop),
    response_format: request.answerFormat && encodeFormat(request.answerFormat, toSchema),
    user: toOpaqueUser(request.userId),
    stream: request.stream,
    stream_options: encodeStreamOptions(request, target),
  })
  const body: JsonObject = { ...ownExtensions(request, drop), ...fields }
  // Some vendors of this protocol accept it, others refuse it.
  if (request.topK !== undefined) drop('top_k')
  for (const field of target.refusedFields ?? []) omit(body, field, drop)
  return {
    body,
    dropped: [...dropped],
    undo: {
      toolNames: names.changed,
      freeformTools: new Set(takesFreeform ? [] : freeformNames(request)),
      ...(request.stopSequences && { stopSequences: request.stopSequences }),
    },
  }
}

const freeformNames = ({ tools }: ModelRequest): string[] =>
  tools.flatMap(({ kind, name }) => (kind === 'freeform' ? [name] : []))

const ownExtensions = ({ extensions = {} }: ModelRequest, drop: Drop): JsonObject => {
  const { [PROTOCOL]: own = {}, ...foreign } = extensions
  for (const fields of Object.values(foreign)) for (const name of Object.keys(fields)) drop(name)
  return { ...own }
}

const toLimit = ({ maxOutputTokens }: ModelRequest, target: TargetTraits): number | undefined =>
  maxOutputTokens === undefined
    ? undefined
    : Math.min(maxOutputTokens, target.maxOutputTokens ?? Infinity)

/** A target without them sends usage without being asked. */
const encodeStreamOptions = (
  { stream }: ModelRequest,
  { takesStreamOptions = true, streamOptions }: TargetTraits,
): JsonObject | undefined =>
  stream && takesStreamOptions ? { include_usage: true, ...streamOptions } : undefined

const MAX_STOP_SEQUENCES = 4

const encodeStopSequences = (
  sequences: readonly string[] = [],
  drop: Drop,
): readonly string[] | undefined => {
  if (sequences.length > MAX_STOP_SEQUENCES) drop('stop_sequences')
  return sequences.length > 0 ? sequences.slice(0, MAX_STOP_SEQUENCES) : undefined
}

/**
 * `none` is left out although the protocol has the word: most models refuse it, and for the others it is the default.
 */
const encodeEffort = (
  { reasoning }: ModelRequest,
  { efforts }: TargetTraits,
  drop: Drop,
): Effort | undefined => {
  if (!reasoning) return undefined
  const { effort, budgetTokens } = reasoning
  const wanted = effort ?? (budgetTokens === undefined ? undefined : toEffort(budgetTokens))
  if (wanted !== 'none') return wanted && toKnownEffort(wanted, efforts)
  drop('thinking')
  return undefined
}

const encodeFormat = (format: AnswerFormat, toSchema: SchemaFilter): JsonObject => {
  if (format.kind === 'json') return { type: 'json_object' }
  const { name = 'answer', description } = format
  const schema = toSchema(format.schema, 'response_format')
  const strict = format.strict ?? isStrict(schema)
  const json_schema = withoutUndefined({
    name,
    description,
    schema: strict ? schema : toParameters(schema),
    strict,
  })
  return { type: 'json_schema', json_schema }
}

const omit = (body: JsonObject, field: string, drop: Drop): void => {
  if (body[field] === undefined) return
  if (lookUp(DEFAULTS, field) !== body[field]) drop(lookUp(CLIENT_NAMES, field) ?? field)
  delete body[field]
}
