/** What a request offers and demands: its tools, a forced call, a schema for the answer. */
import type { ProtocolName } from '../answers/answer.ts'
import { toJsonSchema } from '../gemini/schemas.ts'
import { isObject } from './shape.ts'
import type { Body } from './shape.ts'

export interface OfferedTool {
  name: string
  schema: unknown
  custom: boolean
  namespace?: string
}

const objects = (value: unknown): Body[] => (Array.isArray(value) ? value.filter(isObject) : [])

const toTool = (tool: Body, namespace?: string): OfferedTool => ({
  name: String(tool.name),
  schema: tool.input_schema ?? tool.parameters,
  custom: tool.type === 'custom' && tool.input_schema === undefined,
  ...(namespace !== undefined && { namespace }),
})

const toFunction = (declaration: Body): OfferedTool => ({
  name: String(declaration.name),
  schema: declaration.parametersJsonSchema ?? toJsonSchema(declaration.parameters),
  custom: false,
})

const flatten = (tool: Body): OfferedTool[] => {
  if (Array.isArray(tool.functionDeclarations))
    return objects(tool.functionDeclarations).map(toFunction)
  if (isObject(tool.function)) return [toTool(tool.function)]
  if (isObject(tool.custom)) return [{ ...toTool(tool.custom), custom: true }]
  if (tool.type === 'namespace')
    return objects(tool.tools).map((inner) => toTool(inner, String(tool.name)))
  return typeof tool.name === 'string' ? [toTool(tool)] : []
}

/** Tools may also be inside the input of a Responses request. */
export const offeredTools = ({ tools, input }: Body): OfferedTool[] =>
  [
    ...objects(tools),
    ...objects(input)
      .filter(({ type }) => type === 'additional_tools' || type === 'tool_search_output')
      .flatMap((item) => objects(item.tools)),
  ].flatMap(flatten)

const forcedFunction = (toolConfig: unknown, tools: OfferedTool[]) => {
  const config = isObject(toolConfig) ? toolConfig.functionCallingConfig : undefined
  if (!isObject(config) || config.mode !== 'ANY') return undefined
  const { allowedFunctionNames: allowed } = config
  return tools.find(({ name }) => !Array.isArray(allowed) || allowed.includes(name))
}

export const forcedTool = (body: Body): OfferedTool | undefined => {
  const tools = offeredTools(body)
  if (body.toolConfig !== undefined) return forcedFunction(body.toolConfig, tools)
  const choice = body.tool_choice
  if (choice === 'required') return tools[0]
  if (!isObject(choice)) return undefined
  if (choice.type === 'any') return tools[0]
  const named = isObject(choice.function)
    ? choice.function
    : isObject(choice.custom)
      ? choice.custom
      : choice
  return tools.find(({ name }) => name === named.name)
}

const SCHEMAS: Record<ProtocolName, (body: Body) => unknown> = {
  chat({ response_format: format }) {
    if (!isObject(format)) return undefined
    if (format.type === 'json_object') return { type: 'object' }
    return isObject(format.json_schema) ? (format.json_schema.schema ?? {}) : undefined
  },
  messages({ output_config: config, output_format: legacy }) {
    const format = isObject(config) && isObject(config.format) ? config.format : legacy
    return isObject(format) ? format.schema : undefined
  },
  completions: () => undefined,
  embeddings: () => undefined,
  gemini({ generationConfig: config }) {
    if (!isObject(config) || config.responseMimeType !== 'application/json') return undefined
    return config.responseJsonSchema ?? toJsonSchema(config.responseSchema ?? { type: 'object' })
  },
  responses({ text }) {
    const format = isObject(text) ? text.format : undefined
    if (!isObject(format)) return undefined
    return format.type === 'json_object' ? { type: 'object' } : format.schema
  },
}

export const wantedSchema = (protocol: ProtocolName, body: Body) => SCHEMAS[protocol](body)
