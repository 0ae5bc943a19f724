/** The tool search that the client runs, which other protocols see as an ordinary function. */
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

/** In a namespace of its own name, where no client can put a tool; that distinguishes it from a function. */
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
