/** What Anthropic refuses of a Messages request, from its headers to its last block. */
import type { IncomingHttpHeaders } from 'node:http'
import { anthropicRefusal, toAnthropicRefusal } from './anthropic-errors.ts'
import { fromBase64, mediaTypeOf } from '../requests/images.ts'
import { findSchemaFault } from '../requests/json-schemas.ts'
import { blocksOf, checkOrder, checkSystemTurns, toTurns } from './order.ts'
import { countTokensShape, messagesShape } from './shape.ts'
import {
  checkSeals,
  checkThinkingSettings,
  checkThoughtsKept,
  checkUnsignedThoughts,
  signsThoughts,
  thinks,
} from './thinking.ts'
import { findAnthropicModel } from '../models.ts'
import type { AnthropicModel } from '../models.ts'
import type { RouteContext } from '../routes.ts'
import { asText, isObject, ShapeProblem } from '../requests/shape.ts'
import type { Body, Shape } from '../requests/shape.ts'
import { resumeThread } from './threads.ts'

const VERSIONS = new Set(['2023-06-01', '2026-10-21'])

const objects = (value: unknown): Body[] => (Array.isArray(value) ? value.filter(isObject) : [])

export const checkVersion = ({ 'anthropic-version': version }: IncomingHttpHeaders) => {
  if (version === undefined) throw anthropicRefusal('anthropic-version: header is required')
  if (typeof version !== 'string' || !VERSIONS.has(version))
    throw anthropicRefusal(`anthropic-version: "${String(version)}" is not a valid version`)
}

const ANY_MODEL: AnthropicModel = {
  maxTokens: Infinity,
  maxInputTokens: Infinity,
  adaptiveThinking: true,
  budgetedThinking: true,
  effort: true,
  xhighEffort: true,
  alwaysThinks: false,
  systemTurns: true,
  prefill: true,
  sampling: true,
}

const findModel = (name: string, { models }: RouteContext) => {
  const model = findAnthropicModel(name) ?? (models.includes(name) ? ANY_MODEL : undefined)
  if (!model) throw anthropicRefusal(`model: ${name}`, { status: 404 })
  return model
}

const checkShape = (body: unknown, shape: Shape) => {
  try {
    shape(body, [])
  } catch (error) {
    if (!(error instanceof ShapeProblem)) throw error
    const [field, ...rest] = error.path
    if (error.problem.kind === 'empty' && field === 'messages' && rest.length === 0)
      throw anthropicRefusal('messages: at least one message is required')
    throw toAnthropicRefusal(error)
  }
}

const checkText = (block: Body, place: string) => {
  if (block.type !== 'text' || typeof block.text !== 'string') return
  if (block.text === '' && block.cache_control)
    throw anthropicRefusal(`${place}.text: cache_control cannot be set for empty text blocks`)
  if (block.text === '')
    throw anthropicRefusal(`${place.split('.')[0]}: text content blocks must be non-empty`)
  if (block.text.trim() === '')
    throw anthropicRefusal(
      `${place.split('.')[0]}: text content blocks must contain non-whitespace text`,
    )
}

const checkSource = ({ type, source }: Body, place: string) => {
  if (!isObject(source) || source.type !== 'base64') return
  const bytes = fromBase64(String(source.data))
  if (!bytes)
    throw anthropicRefusal(`${place}.${String(type)}.source.base64.data: Invalid base64 data`)
  const found = mediaTypeOf(bytes)
  if (found === source.media_type) return
  if (type === 'document')
    throw anthropicRefusal(`${place}.document.source.base64.data: The PDF specified was not valid.`)
  throw anthropicRefusal(
    found
      ? `${place}.image.source.base64: The image was specified using the ${String(source.media_type)} media type, but the image appears to be a ${found} image`
      : `${place}.image.source.base64.data: Could not process image`,
  )
}

const checkBlock = (block: Body, place: string) => {
  checkText(block, place)
  if (block.type === 'image' || block.type === 'document') checkSource(block, place)
  if (block.type !== 'tool_result') return
  for (const [index, inner] of objects(block.content).entries())
    checkBlock(inner, `${place}.tool_result.content.${index}`)
}

const checkContents = (messages: Body[]) => {
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message)
    const isLast = index === messages.length - 1
    const empty = blocks.length === 0 || message.content === ''
    if (empty && message.role !== 'system' && !(isLast && message.role === 'assistant'))
      throw anthropicRefusal(
        `messages.${index}: ${String(message.role)} messages must have non-empty content`,
      )
    if (typeof message.content === 'string') {
      if (!empty && message.content.trim() === '')
        throw anthropicRefusal('messages: text content blocks must contain non-whitespace text')
      continue
    }
    for (const [place, block] of blocks.entries())
      checkBlock(block, `messages.${index}.content.${place}`)
  }
}

const MOST_CACHED = 4

const countCached = (value: unknown): number => {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + countCached(item), 0)
  if (!isObject(value)) return 0
  return (value.cache_control ? 1 : 0) + countCached(value.content)
}

const checkCached = ({ tools, system, messages }: Body) => {
  const count = [tools, system, messages].map(countCached).reduce((sum, some) => sum + some, 0)
  if (count > MOST_CACHED)
    throw anthropicRefusal(
      `A maximum of ${MOST_CACHED} blocks with cache_control may be provided. Found ${count}.`,
    )
}

const checkTools = ({ tools, tool_choice: choice }: Body) => {
  const names = new Set<string>()
  for (const [index, tool] of objects(tools).entries()) {
    const { name, input_schema: schema } = tool
    if (typeof name === 'string') {
      if (names.has(name)) throw anthropicRefusal('tools: Tool names must be unique.')
      names.add(name)
    }
    if (!isObject(schema)) continue
    const at = `tools.${index}.custom.input_schema`
    if (['oneOf', 'allOf', 'anyOf'].some((key) => key in schema))
      throw anthropicRefusal(
        `${at}: input_schema does not support oneOf, allOf, or anyOf at the top level`,
      )
    const unheld = tool.strict === true ? findSchemaFault(schema, isNotHeldTo) : undefined
    if (unheld) throw anthropicRefusal(`tools.${index}.custom: ${unheld.text}`)
    if (findSchemaFault(schema))
      throw anthropicRefusal(
        `${at}: JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12). Learn more about tool use at https://docs.claude.com/en/docs/tool-use.`,
      )
  }
  if (!isObject(choice) || choice.type === 'none') return
  if (objects(tools).length === 0)
    throw anthropicRefusal('tool_choice: tool_choice may only be specified while providing tools')
  if (choice.type === 'tool' && !names.has(String(choice.name)))
    throw anthropicRefusal(`Tool '${String(choice.name)}' not found in provided tools`)
}

const NOT_IN_ANSWERS = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'patternProperties',
  'oneOf',
]

/** What a schema may not say where the model is held to it. */
const isNotHeldTo = (node: Body) => {
  const types = [node.type].flat()
  const keyword = NOT_IN_ANSWERS.find((key) => key in node)
  if (keyword)
    return `For '${types.map(asText).join(', ')}' type, property '${keyword}' is not supported`
  if (Number(node.minItems ?? 0) > 1)
    return "For 'array' type, 'minItems' values other than 0 or 1 are not supported"
  return types.includes('object') && node.additionalProperties !== false
    ? "For 'object' type, 'additionalProperties' must be explicitly set to false"
    : undefined
}

const checkFormat = ({ output_config: config, output_format: legacy }: Body) => {
  const format = isObject(config) && isObject(config.format) ? config.format : legacy
  if (!isObject(format)) return
  const fault = findSchemaFault(format.schema, isNotHeldTo)
  if (fault) throw anthropicRefusal(`output_config.format.schema: ${fault.text}`)
}

const checkSettings = (body: Body, model: AnthropicModel, name: string) => {
  const { max_tokens: limit, output_config: config } = body
  if (Number(limit) > model.maxTokens)
    throw anthropicRefusal(
      `max_tokens: ${String(limit)} > ${model.maxTokens}, which is the maximum allowed number of output tokens for ${name}`,
    )
  checkThinkingSettings(body, model, name)
  for (const field of ['temperature', 'top_p', 'top_k'])
    if (!model.sampling && body[field] !== undefined && body[field] !== 1)
      throw anthropicRefusal(`\`${field}\` is deprecated for this model.`)
  if (isObject(config) && config.effort && !model.effort)
    throw anthropicRefusal('This model does not support the effort parameter.')
  if (isObject(config) && config.effort === 'xhigh' && !model.xhighEffort)
    throw anthropicRefusal(`output_config.effort: 'xhigh' is not supported on this model`)
}

const checkEnding = (body: Body, messages: Body[], model: AnthropicModel) => {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return
  const block = blocksOf(last).at(-1)
  if (block?.type !== 'text') return
  if (!model.prefill || thinks(body))
    throw anthropicRefusal(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    )
  if (/\s$/.test(String(block.text)))
    throw anthropicRefusal('messages: final assistant content cannot end with trailing whitespace')
}

const checkConversation = (body: Body, model: AnthropicModel, context: RouteContext) => {
  const messages = objects(body.messages)
  for (const [index, block] of (Array.isArray(body.system) ? objects(body.system) : []).entries())
    checkText(block, `system.${index}`)
  checkContents(messages)
  checkTools(body)
  checkFormat(body)
  checkCached(body)
  const turns = toTurns(messages)
  checkOrder(turns)
  checkSystemTurns(turns, model)
  if (signsThoughts(body)) checkSeals(turns, context.sealer)
  else checkUnsignedThoughts(body, turns)
  checkThoughtsKept(body, turns, context.memory)
  checkEnding(body, messages, model)
}

const hasBetas = ({ 'anthropic-beta': betas }: IncomingHttpHeaders) => Boolean(betas)

const continues = (body: unknown) =>
  isObject(body) && isObject(body.thread) && body.thread.type === 'continue'

export const checkMessages = (
  given: unknown,
  headers: IncomingHttpHeaders,
  context: RouteContext,
): Body => {
  checkVersion(headers)
  checkShape(given, messagesShape(hasBetas(headers), continues(given)))
  const name = String((given as Body).model)
  const model = findModel(name, context)
  const body = resumeThread(given as Body, headers, context)
  checkSettings(body, model, name)
  checkConversation(body, model, context)
  return body
}

export const checkCountTokens = (
  given: unknown,
  headers: IncomingHttpHeaders,
  context: RouteContext,
): Body => {
  checkVersion(headers)
  checkShape(given, countTokensShape(hasBetas(headers)))
  const body = given as Body
  checkConversation(body, findModel(String(body.model), context), context)
  return body
}
