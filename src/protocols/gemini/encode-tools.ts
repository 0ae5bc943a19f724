/** Writes the tools of a request, and which of them the model is to call. */
import {
  isJsonObject,
  type AnswerFormat,
  type JsonObject,
  type ModelRequest,
  type Tool,
} from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import { describeFreeform, FREEFORM_SCHEMA } from '../requests/tools/freeform-input.ts'
import { loadedTools } from '../requests/tools/loaded-tools.ts'
import { toParameters } from './schemas.ts'
import type { Drop } from '../protocol.ts'

type ToName = (name: string) => string

interface EncodedTools {
  readonly tools?: readonly JsonObject[]
  readonly toolConfig?: JsonObject
  /** The tool to call with the answer, if its schema cannot be requested in another way. */
  readonly answerTool?: string
}

type SchemaFormat = Extract<AnswerFormat, { kind: 'json-schema' }>

/** @param format the answer's schema, if a tool must take the answer. */
export const encodeTools = (
  request: ModelRequest,
  format: SchemaFormat | undefined,
  toName: ToName,
  drop: Drop,
): EncodedTools => {
  const offered = loadedTools(request)
  const natives = offered.flatMap((tool): JsonObject[] => {
    if (tool.kind !== 'native') return []
    if (tool.protocol === 'gemini' && isJsonObject(tool.value)) return [tool.value]
    drop(`tools.${tool.name}`)
    return []
  })
  const functions = offered.flatMap((tool) => encodeFunction(tool, toName, drop))
  if (format) return { ...withAnswerTool(functions, natives, format) }
  const tools = [...toDeclarations(functions), ...natives]
  return withoutUndefined({
    tools: tools.length > 0 ? tools : undefined,
    toolConfig:
      functions.length > 0 ? encodeToolChoice(request, functions, toName, drop) : undefined,
  } as EncodedTools)
}

const toDeclarations = (functions: readonly JsonObject[]): JsonObject[] =>
  functions.length > 0 ? [{ functionDeclarations: functions }] : []

const encodeFunction = (tool: Tool, toName: ToName, drop: Drop): JsonObject[] => {
  if (tool.kind === 'native') return []
  if (tool.kind === 'function' && tool.strict === true) drop('strict')
  const description = tool.kind === 'freeform' ? describeFreeform(tool) : tool.description
  const schema = tool.kind === 'freeform' ? FREEFORM_SCHEMA : tool.schema
  return [
    withoutUndefined({
      name: toName(tool.name),
      description,
      parametersJsonSchema: toParameters(schema),
    }),
  ]
}

const withAnswerTool = (
  functions: readonly JsonObject[],
  natives: readonly JsonObject[],
  format: SchemaFormat,
): EncodedTools => {
  const taken = new Set(functions.map(({ name }) => name))
  let answerTool = 'answer'
  for (let nth = 2; taken.has(answerTool); nth++) answerTool = `answer_${nth}`
  const answer = {
    name: answerTool,
    description: format.description ?? 'Gives the final answer.',
    parametersJsonSchema: toParameters(format.schema),
  }
  return {
    answerTool,
    tools: [...toDeclarations([...functions, answer]), ...natives],
    toolConfig: { functionCallingConfig: { mode: 'ANY' } },
  }
}

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const

const encodeToolChoice = (
  { toolChoice }: ModelRequest,
  functions: readonly JsonObject[],
  toName: ToName,
  drop: Drop,
): JsonObject | undefined => {
  if (!toolChoice) return undefined
  const { mode } = toolChoice
  if (mode !== 'named' && mode !== 'allowed')
    return { functionCallingConfig: { mode: MODES[mode] } }
  const offered = new Set(functions.map(({ name }) => name))
  const names = (mode === 'named' ? [toolChoice.name] : toolChoice.names).map(toName)
  const known = names.filter((name) => offered.has(name))
  if (known.length < names.length) drop('tool_choice')
  if (known.length === 0) return undefined
  const isForced = mode === 'named' || toolChoice.required
  return {
    functionCallingConfig: { mode: isForced ? 'ANY' : 'VALIDATED', allowedFunctionNames: known },
  }
}
