/** What Google refuses of a Gemini request, from its fields to its last part. */
import { geminiRefusal, toGeminiRefusal } from './errors.ts'
import { knownModel } from './models.ts'
import type { GeminiCall, GeminiModel } from './models.ts'
import { checkOrder, toTurns } from './order.ts'
import { checkClassicSchema } from './schemas.ts'
import {
  batchEmbedShape,
  countShape,
  embedShape,
  generateShape,
  isEmptyPart,
  PART_KINDS,
} from './shape.ts'
import { checkSignature, checkSigned } from './signatures.ts'
import { fromBase64, mediaTypeOf } from '../requests/images.ts'
import { findSchemaFault } from '../requests/json-schemas.ts'
import type { RouteContext } from '../routes.ts'
import { isObject, ShapeProblem } from '../requests/shape.ts'
import type { Body, Shape } from '../requests/shape.ts'

const objects = (value: unknown): Body[] => (Array.isArray(value) ? value.filter(isObject) : [])

const refuse = (at: string, text: string) =>
  geminiRefusal(`* GenerateContentRequest.${at}: ${text}`)

const checkShape = (body: unknown, shape: Shape) => {
  try {
    shape(body, [])
  } catch (error) {
    throw error instanceof ShapeProblem ? toGeminiRefusal(error) : error
  }
}

const IMAGES = new Set(['image/png', 'image/jpeg', 'image/webp'])

const checkInlineData = (blob: Body, at: string) => {
  const { mimeType, data } = blob
  if (typeof mimeType !== 'string' || !mimeType.includes('/'))
    throw refuse(`${at}.mime_type`, 'mime_type is not specified')
  const bytes = fromBase64(String(data).replaceAll('-', '+').replaceAll('_', '/'))
  if (!bytes) throw refuse(`${at}.data`, 'data is not specified')
  if (mimeType === 'image/gif') throw geminiRefusal('Unsupported MIME type: image/gif')
  if (IMAGES.has(mimeType) && mediaTypeOf(bytes) !== mimeType)
    throw geminiRefusal(
      'Unable to process input image. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
    )
}

const NAMED = { functionCall: 'function_call', functionResponse: 'function_response' } as const

const checkPart = (part: Body, at: string, context: RouteContext) => {
  const kinds = PART_KINDS.filter((kind) => part[kind] !== undefined)
  const isSilent = part.text === '' && part.thoughtSignature === undefined
  if (isEmptyPart(part) || isSilent)
    throw refuse(`${at}.data`, "required oneof field 'data' must have one initialized field")
  if (kinds.length > 1)
    throw geminiRefusal(
      `Invalid value at '${at}' (oneof), oneof field 'data' is already set. Cannot set '${String(kinds[1])}'`,
    )
  for (const [kind, snake] of Object.entries(NAMED)) {
    const named = part[kind]
    if (!isObject(named)) continue
    if (!named.name) throw refuse(`${at}.${snake}.name`, 'Name cannot be empty.')
    if (kind === 'functionResponse' && !isObject(named.response))
      throw refuse(`${at}.${snake}.response`, 'response is not specified')
    for (const [index, inner] of objects(named.parts).entries())
      if (isObject(inner.inlineData))
        checkInlineData(inner.inlineData, `${at}.${snake}.parts[${index}].inline_data`)
  }
  if (isObject(part.inlineData)) checkInlineData(part.inlineData, `${at}.inline_data`)
  checkSignature(part, context.sealer)
}

const checkContent = (content: Body, at: string, context: RouteContext) => {
  const parts = objects(content.parts)
  if (parts.length === 0) throw refuse(`${at}.parts`, 'contents.parts must not be empty.')
  for (const [index, part] of parts.entries()) checkPart(part, `${at}.parts[${index}]`, context)
}

const checkContents = (body: Body, context: RouteContext) => {
  const contents = objects(body.contents)
  if (contents.length === 0) throw refuse('contents', 'contents is not specified')
  for (const [index, content] of contents.entries())
    checkContent(content, `contents[${index}]`, context)
  const { systemInstruction: system } = body
  if (isObject(system)) {
    checkContent(system, 'system_instruction', context)
    if (objects(system.parts).some(({ text }) => text === undefined))
      throw geminiRefusal('System instruction can only hold text parts.')
  }
  const turns = toTurns(contents)
  checkOrder(turns)
  return turns
}

const FUNCTION_NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/

const checkDeclaration = (declaration: Body, at: string) => {
  const { name, parameters, parametersJsonSchema: json } = declaration
  if (typeof name !== 'string' || !FUNCTION_NAME.test(name))
    throw refuse(
      `${at}.name`,
      'Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.',
    )
  if (parameters !== undefined && json !== undefined)
    throw refuse(at, 'parameters and parameters_json_schema are mutually exclusive')
  checkClassicSchema(parameters, `${at}.parameters`)
  checkClassicSchema(declaration.response, `${at}.response`)
  if (json !== undefined && (!isObject(json) || findSchemaFault(json)))
    throw refuse(`${at}.parameters_json_schema`, 'the schema is not a valid JSON Schema')
}

const checkTools = (body: Body, { generation }: GeminiModel) => {
  const tools = objects(body.tools)
  const names = new Set<string>()
  for (const [place, tool] of tools.entries())
    for (const [index, declaration] of objects(tool.functionDeclarations).entries()) {
      checkDeclaration(declaration, `tools[${place}].function_declarations[${index}]`)
      const name = String(declaration.name)
      if (names.has(name)) throw geminiRefusal(`Duplicate function declaration found: ${name}`)
      names.add(name)
    }
  const isHosted = tools.some((tool) =>
    Object.keys(tool).some((key) => /^(?:google|url|code)/.test(key)),
  )
  if (isHosted && names.size > 0 && generation < 3)
    throw geminiRefusal('Tool use with function calling is unsupported')
  const config = isObject(body.toolConfig) ? body.toolConfig.functionCallingConfig : undefined
  if (!isObject(config)) return names
  const { mode, allowedFunctionNames: allowed = [] } = config
  if (names.size === 0 && (mode === 'ANY' || mode === 'VALIDATED'))
    throw geminiRefusal('Function calling config is set without function_declarations.')
  if (!Array.isArray(allowed) || allowed.length === 0) return names
  if (mode !== 'ANY' && mode !== 'VALIDATED')
    throw refuse(
      'tool_config.function_calling_config.allowed_function_names',
      'should only be set when the function calling mode is ANY or VALIDATED',
    )
  const unknown: unknown = allowed.find((name) => !names.has(String(name)))
  if (unknown !== undefined)
    throw refuse(
      'tool_config.function_calling_config.allowed_function_names',
      `${String(unknown)} is not a declared function`,
    )
  return names
}

const checkThinking = (thinking: Body, { generation }: GeminiModel) => {
  const { thinkingBudget: budget, thinkingLevel: level, includeThoughts } = thinking
  if (generation < 2.5) throw geminiRefusal('Thinking is not supported by this model.')
  if (budget !== undefined && level !== undefined)
    throw geminiRefusal('You can only set only one of thinking budget and thinking level.')
  if (level !== undefined && generation < 3)
    throw geminiRefusal('Thinking level is not supported for this model.')
  if (Number(budget) > 32_768)
    throw geminiRefusal(
      `The thinking budget ${String(budget)} is invalid. Please choose a value between 128 and 32768.`,
    )
  if (budget === 0 && includeThoughts === true)
    throw refuse(
      'generation_config.thinking_config.include_thoughts',
      'Thinking_config.include_thoughts is only enabled when thinking is enabled.',
    )
}

const MIME_TYPES = new Set(['text/plain', 'application/json', 'text/x.enum'])

const checkConfig = (config: Body, model: GeminiModel, callsFunctions: boolean) => {
  const {
    maxOutputTokens: limit,
    responseMimeType: type,
    responseSchema,
    responseJsonSchema,
  } = config
  if (limit !== undefined && (Number(limit) < 1 || Number(limit) > model.maxTokens))
    throw geminiRefusal(
      `Unable to submit request because it has a maxOutputTokens value of ${String(limit)} but the supported range is from 1 (inclusive) to ${model.maxTokens + 1} (exclusive). Update the value and try again.`,
    )
  if (!model.takesPenalties && (config.presencePenalty || config.frequencyPenalty))
    throw geminiRefusal('Penalty is not enabled for this model')
  if (type !== undefined && !MIME_TYPES.has(String(type)))
    throw refuse(
      'generation_config.response_mime_type',
      'allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.',
    )
  if (responseSchema !== undefined && responseJsonSchema !== undefined)
    throw refuse(
      'generation_config',
      'response_schema and response_json_schema are mutually exclusive',
    )
  const isPlain = type === undefined || type === 'text/plain'
  if (isPlain && (responseSchema !== undefined || responseJsonSchema !== undefined))
    throw refuse(
      'generation_config.response_schema',
      'only allowed when response_mime_type is application/json or text/x.enum',
    )
  checkClassicSchema(responseSchema, 'generation_config.response_schema')
  if (responseJsonSchema !== undefined && findSchemaFault(responseJsonSchema))
    throw refuse('generation_config.response_json_schema', 'the schema is not a valid JSON Schema')
  if (type === 'application/json' && callsFunctions && model.generation < 3)
    throw geminiRefusal(
      "Function calling with a response mime type: 'application/json' is unsupported",
    )
  if (isObject(config.thinkingConfig)) checkThinking(config.thinkingConfig, model)
}

const checkGeneration = (
  body: Body,
  model: GeminiModel,
  call: GeminiCall,
  context: RouteContext,
) => {
  if (body.model !== undefined && body.model !== `models/${call.name}`)
    throw refuse('model', `the model is not that of the path, models/${call.name}`)
  const turns = checkContents(body, context)
  const names = checkTools(body, model)
  if (isObject(body.generationConfig)) checkConfig(body.generationConfig, model, names.size > 0)
  if (body.cachedContent !== undefined)
    throw geminiRefusal('CachedContent not found (or permission denied)', { status: 403 })
  checkSigned(turns, model)
}

export const checkGenerate = (given: unknown, call: GeminiCall, context: RouteContext): Body => {
  const model = knownModel(call, context.models)
  checkShape(given, generateShape)
  checkGeneration(given as Body, model, call, context)
  return given as Body
}

/** Either the contents alone, or the complete request to count. */
export const checkCountTokens = (given: unknown, call: GeminiCall, context: RouteContext): Body => {
  const model = knownModel(call, context.models)
  checkShape(given, countShape)
  const { contents, generateContentRequest: request } = given as Body
  if (!isObject(request)) {
    checkContents(given as Body, context)
    return given as Body
  }
  if (contents !== undefined)
    throw geminiRefusal(
      '* CountTokensRequest: contents and generate_content_request are mutually exclusive',
    )
  if (request.model === undefined)
    throw geminiRefusal('* CountTokensRequest.generate_content_request.model: model is required')
  checkGeneration(request, model, call, context)
  return request
}

const checkEmbedding = (
  request: Body,
  { maxDimensions }: GeminiModel,
  at: string,
  context: RouteContext,
) => {
  const { content, outputDimensionality: dimensions, title, taskType } = request
  if (!isObject(content)) throw geminiRefusal(`* ${at}.content: content is required`)
  checkContent(content, 'content', context)
  if (objects(content.parts).some(({ text }) => typeof text !== 'string'))
    throw geminiRefusal(`* ${at}.content: only text can be embedded`)
  if (Number(dimensions) > maxDimensions)
    throw geminiRefusal(
      `* ${at}.output_dimensionality: must be at most ${maxDimensions}, not ${String(dimensions)}`,
    )
  if (title !== undefined && taskType !== 'RETRIEVAL_DOCUMENT')
    throw geminiRefusal(`* ${at}.title: only allowed for the task type RETRIEVAL_DOCUMENT`)
}

export const checkEmbed = (given: unknown, call: GeminiCall, context: RouteContext): Body => {
  const model = knownModel(call, context.models)
  checkShape(given, embedShape)
  checkEmbedding(given as Body, model, 'EmbedContentRequest', context)
  return given as Body
}

const MOST_EMBEDDED = 100

export const checkBatchEmbed = (given: unknown, call: GeminiCall, context: RouteContext): Body => {
  const model = knownModel(call, context.models)
  checkShape(given, batchEmbedShape)
  const requests = objects((given as Body).requests)
  const at = 'BatchEmbedContentsRequest.requests'
  if (requests.length === 0) throw geminiRefusal(`* ${at}: requests is not specified`)
  if (requests.length > MOST_EMBEDDED)
    throw geminiRefusal(`* ${at}: at most ${MOST_EMBEDDED} requests can be in one batch`)
  for (const [index, request] of requests.entries()) {
    if (request.model !== `models/${call.name}`)
      throw geminiRefusal(
        `* ${at}[${index}].model: the model is not that of the path, models/${call.name}`,
      )
    checkEmbedding(request, model, `${at}[${index}]`, context)
  }
  return given as Body
}
