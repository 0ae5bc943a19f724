/** Writes the tools that a request offers, and which of them must be called. */
import {
  type FreeformTool,
  type FunctionTool,
  isJsonObject,
  type JsonObject,
  type ModelRequest,
  type Tool,
  type ToolChoice,
} from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import { describeFreeform, FREEFORM_SCHEMA } from '../requests/tools/freeform-input.ts'
import { mergeUnions } from '../requests/tools/merged-unions.ts'
import { toAnswerSchema } from './answer-schema.ts'
import type { Drop } from '../protocol.ts'

export interface ToolsContext {
  readonly drop: Drop
  readonly toName: (name: string) => string
}

const TAKES_NOTHING: JsonObject = { type: 'object', properties: {} }

/** The vendor requires every input schema to be of type object, without a union at the top. */
export const toInputSchema = (schema: unknown): JsonObject => {
  if (!isJsonObject(schema)) return TAKES_NOTHING
  const merged = mergeUnions(schema, schema)
  return merged.type === 'object' ? merged : { ...merged, type: 'object' }
}

/** A strict tool's schema follows the same rules as an answer's. */
const encodeInput = ({ schema, strict }: FunctionTool): unknown =>
  strict ? toAnswerSchema(toInputSchema(schema)) : toInputSchema(schema)

const encodeFunction = (tool: FunctionTool, { toName }: ToolsContext): JsonObject => ({
  name: toName(tool.name),
  description: tool.description,
  input_schema: encodeInput(tool),
  strict: tool.strict,
  defer_loading: tool.deferred,
  cache_control: tool.cacheControl,
})

const encodeFreeform = (tool: FreeformTool, { toName }: ToolsContext): JsonObject => ({
  name: toName(tool.name),
  description: describeFreeform(tool),
  input_schema: FREEFORM_SCHEMA,
})

export const encodeTools = (tools: readonly Tool[], context: ToolsContext): JsonObject[] =>
  tools.flatMap((tool) => {
    switch (tool.kind) {
      case 'function':
        return [withoutUndefined(encodeFunction(tool, context))]
      case 'freeform':
        return [withoutUndefined(encodeFreeform(tool, context))]
      case 'native':
        if (tool.protocol === 'anthropic-messages' && isJsonObject(tool.value)) return [tool.value]
        context.drop(`tools.${tool.name}`)
        return []
    }
  })

/** Foreign tools are always left out; `encodeTools` reports them as dropped. */
const isForeign = (tool: Tool): boolean =>
  tool.kind === 'native' && tool.protocol !== 'anthropic-messages'

/** Tools that may be called. To restrict the choice, only the allowed ones are offered. */
export const allowedTools = ({ tools, toolChoice }: ModelRequest): readonly Tool[] => {
  if (toolChoice?.mode !== 'allowed') return tools
  const names = new Set(toolChoice.names)
  return tools.filter((tool) => isForeign(tool) || names.has(tool.name))
}

/** Reports whether the choice names tools that are not offered. */
export const choosesUnknown = ({ tools, toolChoice }: ModelRequest): boolean => {
  if (toolChoice?.mode !== 'allowed') return false
  const known = new Set(tools.map(({ name }) => name))
  return toolChoice.names.some((name) => !known.has(name))
}

const encodeMode = (choice: ToolChoice, toName: (name: string) => string): JsonObject => {
  switch (choice.mode) {
    case 'auto':
    case 'none':
      return { type: choice.mode }
    case 'required':
      return { type: 'any' }
    case 'named':
      return { type: 'tool', name: toName(choice.name) }
    case 'allowed':
      return { type: choice.required ? 'any' : 'auto' }
  }
}

export const encodeToolChoice = (
  { toolChoice, parallelToolCalls }: ModelRequest,
  toName: (name: string) => string,
): JsonObject | undefined => {
  const choice = toolChoice && encodeMode(toolChoice, toName)
  if (parallelToolCalls !== false || choice?.type === 'none') return choice
  return { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true }
}

/** Reports whether the choice forces a call, which thinking models refuse. */
export const isForced = (choice: JsonObject | undefined): boolean =>
  choice?.type === 'any' || choice?.type === 'tool'
