/** The tools that the demo may call, must call, and is asked to call. */
import { type FreeformTool, type FunctionTool, invalidRequest, type ModelRequest } from '#model'

export type CallableTool = FunctionTool | FreeformTool

export interface Offers {
  readonly tools: readonly CallableTool[]
  /** The tool to call if a call is required and none is named. */
  readonly forced: CallableTool | undefined
}

/** @throws GatewayError `invalid_request` if a call is required but no tool can be called. */
export const toOffers = ({ tools, toolChoice, turns }: ModelRequest): Offers => {
  const choice = toolChoice ?? { mode: 'auto' }
  if (choice.mode === 'none') return { tools: [], forced: undefined }
  const loaded = new Set(turns.flatMap(({ parts }) => parts.flatMap(referencesOf)))
  const callable = tools.filter(
    (tool): tool is CallableTool =>
      tool.kind === 'freeform' ||
      (tool.kind === 'function' && (tool.deferred !== true || loaded.has(tool.name))),
  )
  if (choice.mode === 'auto') return { tools: callable, forced: undefined }
  const wanted =
    choice.mode === 'named' ? [choice.name] : choice.mode === 'allowed' ? choice.names : undefined
  const names = wanted && new Set(wanted)
  const chosen = names ? callable.filter(({ name }) => names.has(name)) : callable
  if (choice.mode === 'allowed' && !choice.required) return { tools: chosen, forced: undefined }
  const [forced] = chosen
  if (!forced)
    throw invalidRequest('A tool call is required, and no such tool is offered.', 'tool_choice')
  return { tools: chosen, forced }
}

const TOOL_REQUEST = /\b(?:use|call|run|invoke)\s+(?:the\s+)?(?:tool\s+)?[`'"]?([\w.-]{1,128})/gi

/** The tools that a text asks for: "use get_weather", "call the `get_time` tool". */
export const toRequestedTools = (text: string, tools: readonly CallableTool[]): CallableTool[] => {
  const names = new Set(
    // A name may be followed by a full stop.
    [...text.matchAll(TOOL_REQUEST)].flatMap(([, name = '']) => [name, name.replace(/[.-]+$/, '')]),
  )
  return tools.filter(({ name }) => names.has(name))
}

const referencesOf = (part: ModelRequest['turns'][number]['parts'][number]): string[] => {
  if (part.kind === 'tool-reference') return [part.name]
  return part.kind === 'tool-result' ? part.parts.flatMap(referencesOf) : []
}
