/** The search for tools that the client itself runs: for other protocols a function like any other. */
import type { FunctionTool, JsonObject, Tool } from '#model'
import { isJsonObject } from '#model'
import { optionalString, withoutUndefined } from '../../requests/fields.ts'

export const TOOL_SEARCH = 'tool_search'

const DEFAULT_SCHEMA: JsonObject = {
  type: 'object',
  properties: { query: { type: 'string' } },
  required: ['query'],
}

export const isClientSearch = ({ type, execution }: JsonObject): boolean =>
  type === TOOL_SEARCH && execution === 'client'

/** Stands in a namespace of its own name, where no client can put a tool: that tells it from a function. */
export const toSearchTool = (tool: JsonObject, path: string): FunctionTool =>
  withoutUndefined<FunctionTool>({
    kind: 'function',
    name: TOOL_SEARCH,
    namespace: TOOL_SEARCH,
    description: optionalString(tool, 'description', path) ?? 'Searches for tools and loads them.',
    schema: isJsonObject(tool.parameters) ? tool.parameters : DEFAULT_SCHEMA,
  })

export const isSearchTool = (tool: Tool): tool is FunctionTool =>
  tool.kind === 'function' && tool.name === TOOL_SEARCH && tool.namespace === TOOL_SEARCH
