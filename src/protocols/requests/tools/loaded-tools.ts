/** The tools that the model knows. A deferred tool becomes known once a reference has loaded it. */
import { isJsonObject, type ModelRequest, type Part, type Tool } from '#model'
import { toText } from '../lenient-fields.ts'

/** If the request has the vendor's own search, all of them are loaded. */
export const loadedTools = ({ tools, turns }: ModelRequest): readonly Tool[] => {
  if (!tools.some(isDeferred) || tools.some(isVendorsSearch)) return tools
  const known = new Set(turns.flatMap(({ parts }) => parts.flatMap(namesOf)))
  return tools.filter((tool) => !isDeferred(tool) || known.has(tool.name))
}

const isDeferred = (tool: Tool): boolean => tool.kind === 'function' && tool.deferred === true

/** `tool_search`, `tool_search_tool_regex_20251119` */
const isVendorsSearch = (tool: Tool): boolean =>
  tool.kind === 'native' &&
  isJsonObject(tool.value) &&
  toText(tool.value.type).startsWith('tool_search')

const namesOf = (part: Part): string[] => {
  if (part.kind === 'tool-reference' || part.kind === 'tool-call') return [part.name]
  return part.kind === 'tool-result' ? part.parts.flatMap(namesOf) : []
}
