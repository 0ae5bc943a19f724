/** Writes a Messages request. */
import type { AnswerFormat, JsonObject, ModelRequest } from '#model'
import { isJsonObject } from '#model'
import { lookUp, withoutUndefined } from '../requests/fields.ts'
import { toOpaqueUser } from '../requests/opaque-user.ts'
import type { Drop, EncodedRequest, TargetTraits, Undo } from '../protocol.ts'
import { createToolNames, type ToolNames } from '../requests/tools/tool-names.ts'
import { dropSampling } from '../requests/drop-sampling.ts'
import { withCacheMarks } from './blocks/cache-marks.ts'
import { encodeFormat, JSON_ONLY, toAnswerToolName } from './encode-format.ts'
import { encodeThinking, type Thinking } from './encode-thinking.ts'
import {
  allowedTools,
  choosesUnknown,
  encodeToolChoice,
  encodeTools,
  isForced,
  toInputSchema,
} from './encode-tools.ts'
import { encodeTurns } from './encode-turns.ts'
import { PROTOCOL } from './wire.ts'

export const encodeRequest = (request: ModelRequest, target: TargetTraits): EncodedRequest => {
  const dropped = new Set<string>()
  const drop: Drop = (name) => dropped.add(name)
  const names = createToolNames()
  const turns = encodeTurns(request.turns, {
    drop,
    toName: names.toWire,
    takesSystemTurns: target.takesSystemTurns,
    thoughtProvider: wantsThoughts(request, target) ? target.provider : undefined,
  })
  const { answerFormat } = request
  const schema = answerFormat?.kind === 'json-schema' ? answerFormat : undefined
  const prompt = answerFormat?.kind === 'json' ? [...turns.system, JSON_ONLY] : turns.system
  const byTool = schema !== undefined && target.structuredOutput === 'tool'
  const {
    answerTool,
    tools: offered,
    ...choice
  } = encodeOffer(request, byTool ? schema : undefined, names, drop)
  const thinking = chooseThinking(request, target, turns.messages, byTool, drop)
  const own = ownExtensions(request, drop)
  const written = { tools: offered, system: prompt, messages: turns.messages }
  const wantsMarks = target.cacheMarks === true && own.cache_control === undefined
  const { tools, system, messages } = wantsMarks ? withCacheMarks(written) : written
  const fields: JsonObject = withoutUndefined({
    model: target.model,
    max_tokens: thinking.maxTokens,
    system: system.length > 0 ? system : undefined,
    messages,
    tools: tools.length > 0 ? tools : undefined,
    ...choice,
    ...encodeSampling(request, drop),
    stop_sequences: encodeStopSequences(request.stopSequences, drop),
    thinking: thinking.thinking,
    stream: request.stream,
  })
  const body = { ...own, ...fields }
  mergeInto(body, 'output_config', {
    effort: thinking.effort,
    format: schema && !byTool ? encodeFormat(schema) : undefined,
  })
  mergeInto(body, 'metadata', { user_id: toOpaqueUser(request.userId) })
  if (isThinking(body)) omitRefusedByThinking(body, drop)
  for (const field of target.refusedFields ?? []) omit(body, field, drop)
  return { body, dropped: [...dropped], undo: toUndo(request, names, answerTool) }
}

const wantsThoughts = ({ reasoning }: ModelRequest, { wantsCallThoughts }: TargetTraits): boolean =>
  wantsCallThoughts === true && reasoning?.effort !== 'none'

type SchemaFormat = Extract<AnswerFormat, { kind: 'json-schema' }>

const encodeOffer = (
  request: ModelRequest,
  schema: SchemaFormat | undefined,
  names: ToolNames,
  drop: Drop,
) => {
  const tools = encodeTools(allowedTools(request), { drop, toName: names.toWire })
  if (choosesUnknown(request)) drop('tool_choice')
  if (!schema) {
    return {
      tools,
      tool_choice: tools.length > 0 ? encodeToolChoice(request, names.toWire) : undefined,
    }
  }
  const answerTool = toAnswerToolName(schema, new Set(tools.map(({ name }) => String(name))))
  const description = schema.description ?? 'Gives the final answer.'
  const input_schema = toInputSchema(schema.schema)
  return {
    answerTool,
    tools: [...tools, { name: answerTool, description, input_schema }],
    tool_choice: tools.length > 0 ? { type: 'any' } : { type: 'tool', name: answerTool },
  }
}

const chooseThinking = (
  request: ModelRequest,
  target: TargetTraits,
  messages: Parameters<typeof encodeThinking>[2],
  forced: boolean,
  drop: Drop,
): Thinking => {
  // A tool that must be called leaves no room for thoughts.
  const traits: TargetTraits = forced ? { ...target, thinking: 'none' } : target
  const thinking = encodeThinking(request, traits, messages)
  if (thinking.refused) drop('reasoning_effort')
  return thinking
}

const ownExtensions = ({ extensions = {} }: ModelRequest, drop: Drop): JsonObject => {
  const { [PROTOCOL]: own = {}, ...foreign } = extensions
  for (const fields of Object.values(foreign)) for (const name of Object.keys(fields)) drop(name)
  return { ...own }
}

const encodeSampling = (request: ModelRequest, drop: Drop): JsonObject => {
  const { temperature, topP, topK } = request
  dropSampling(request, drop)
  // Newer models accept only one of the two, and a `top_p` of 1 is the default anyway.
  const both = temperature !== undefined && topP !== undefined
  if (both && topP !== 1) drop('top_p')
  return {
    temperature: temperature === undefined ? undefined : Math.min(1, Math.max(0, temperature)),
    top_p: both ? undefined : topP,
    top_k: topK,
  }
}

/** The vendor refuses a sequence that is only white space. */
const encodeStopSequences = (
  sequences: readonly string[] | undefined,
  drop: Drop,
): readonly string[] | undefined => {
  const valid = sequences?.filter((sequence) => sequence.trim() !== '')
  if (valid?.length !== sequences?.length) drop('stop')
  return valid && valid.length > 0 ? valid : undefined
}

/** Adds fields to an object that may already hold extensions. */
const mergeInto = (body: JsonObject, key: string, fields: JsonObject): void => {
  const kept = isJsonObject(body[key]) ? body[key] : {}
  const merged = { ...kept, ...withoutUndefined(fields) }
  if (Object.keys(merged).length > 0) body[key] = merged
}

const isThinking = ({ thinking }: JsonObject): boolean =>
  isJsonObject(thinking) && thinking.type !== 'disabled'

/** Default values: nothing is lost by leaving them out. */
const DEFAULTS: Readonly<Record<string, unknown>> = { temperature: 1, top_p: 1 }

const omit = (body: JsonObject, field: string, drop: Drop): void => {
  if (body[field] === undefined) return
  if (lookUp(DEFAULTS, field) !== body[field]) drop(field)
  delete body[field]
}

const omitRefusedByThinking = (body: JsonObject, drop: Drop): void => {
  omit(body, 'temperature', drop)
  omit(body, 'top_k', drop)
  if (!(typeof body.top_p === 'number' && body.top_p >= 0.95)) omit(body, 'top_p', drop)
  const { tool_choice: choice } = body
  if (!isJsonObject(choice) || !isForced(choice)) return
  drop('tool_choice')
  const { name: _, ...kept } = choice
  body.tool_choice = { ...kept, type: 'auto' }
}

const toUndo = (
  { tools }: ModelRequest,
  { changed }: ToolNames,
  answerTool: string | undefined,
): Undo => {
  const freeformTools = new Set(
    tools.flatMap(({ kind, name }) => (kind === 'freeform' ? [name] : [])),
  )
  return answerTool === undefined
    ? { toolNames: changed, freeformTools }
    : { toolNames: changed, freeformTools, answerTool }
}
