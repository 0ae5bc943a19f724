/** Writes the tools of a request, and which of them the model is to call. */
import {
  type FreeformTool,
  type FunctionTool,
  isJsonObject,
  type JsonObject,
  type ModelRequest,
  type ToolChoice,
} from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import { describeFreeform, FREEFORM_SCHEMA } from '../requests/tools/freeform-input.ts'
import { loadedTools } from '../requests/tools/loaded-tools.ts'
import type { SchemaFilter } from './refused-keywords.ts'
import { isStrict, toParameters } from './schemas.ts'
import { PROTOCOL } from './wire.ts'
import type { Drop } from '../protocol.ts'

type ToName = (name: string) => string

export const encodeTools = (
  request: ModelRequest,
  toName: ToName,
  toSchema: SchemaFilter,
  takesFreeform: boolean,
  drop: Drop,
): JsonObject[] =>
  loadedTools(request).flatMap((tool) => {
    switch (tool.kind) {
      case 'function':
        return [{ type: 'function', function: encodeFunction(tool, toName, toSchema, drop) }]
      case 'freeform': {
        if (!takesFreeform) return [toInputFunction(tool, toName)]
        const { description, format } = tool
        const custom = withoutUndefined({ name: toName(tool.name), description, format })
        return [{ type: 'custom', custom }]
      }
      case 'native': {
        if (tool.protocol === PROTOCOL && isJsonObject(tool.value)) return [tool.value]
        drop(`tools.${tool.name}`)
        return []
      }
    }
  })

const toInputFunction = (tool: FreeformTool, toName: ToName): JsonObject => ({
  type: 'function',
  function: withoutUndefined({
    name: toName(tool.name),
    description: describeFreeform(tool),
    parameters: FREEFORM_SCHEMA,
  }),
})

const encodeFunction = (
  tool: FunctionTool,
  toName: ToName,
  toSchema: SchemaFilter,
  drop: Drop,
): JsonObject => {
  const parameters = toParameters(toSchema(tool.schema, 'tools'))
  const asked = tool.strict === true
  const strict = asked ? isStrict(parameters) : tool.strict
  if (asked && !strict) drop('strict')
  return withoutUndefined({
    name: toName(tool.name),
    description: tool.description,
    parameters,
    strict,
  })
}

/** Undefined if there are no tools, or no choice was made. */
export const encodeToolChoice = (
  choice: ToolChoice | undefined,
  tools: readonly JsonObject[],
  toName: ToName,
  drop: Drop,
): unknown => {
  if (!choice || tools.length === 0) return undefined
  if (choice.mode !== 'named' && choice.mode !== 'allowed') return choice.mode
  const references = new Map(tools.flatMap(toReference))
  if (choice.mode === 'named') {
    const named = references.get(toName(choice.name))
    if (!named) drop('tool_choice')
    return named
  }
  const allowed = choice.names.flatMap((name) => references.get(toName(name)) ?? [])
  if (allowed.length < choice.names.length) drop('tool_choice')
  const mode = choice.required ? 'required' : 'auto'
  return { type: 'allowed_tools', allowed_tools: { mode, tools: allowed } }
}

/** Refers to a tool by its name. */
const toReference = ({ type, ...bodies }: JsonObject): [string, JsonObject][] =>
  ['function', 'custom'].flatMap((key): [string, JsonObject][] => {
    const body = bodies[key]
    if (!isJsonObject(body) || typeof body.name !== 'string') return []
    return [[body.name, { type, [key]: { name: body.name } }]]
  })
