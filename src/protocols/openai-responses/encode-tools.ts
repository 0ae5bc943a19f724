/** Writes the tools of a request, and which of them the model is to call. */
import { isJsonObject, type JsonObject, type ModelRequest, type ToolChoice } from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import { loadedTools } from '../requests/tools/loaded-tools.ts'
import { isStrict, type SchemaFilter, toParameters } from '../openai-chat/index.ts'
import { PROTOCOL } from './decode-content.ts'
import { encodeGrammar } from './tools/grammars.ts'
import type { Drop } from '../protocol.ts'

interface ToolsContext {
  readonly drop: Drop
  readonly toName: (name: string) => string
  readonly toSchema: SchemaFilter
}

export const encodeTools = (request: ModelRequest, context: ToolsContext): JsonObject[] => {
  const { drop, toName, toSchema } = context
  return loadedTools(request).flatMap((tool): JsonObject[] => {
    switch (tool.kind) {
      case 'function': {
        const parameters = toParameters(toSchema(tool.schema, 'tools'))
        const strict = tool.strict === true && isStrict(parameters)
        if (tool.strict && !strict) drop('strict')
        const { description } = tool
        const name = toName(tool.name)
        return [withoutUndefined({ type: 'function', name, description, parameters, strict })]
      }
      case 'freeform': {
        const { description } = tool
        const format = encodeGrammar(tool.format)
        return [withoutUndefined({ type: 'custom', name: toName(tool.name), description, format })]
      }
      case 'native':
        if (tool.protocol === PROTOCOL && isJsonObject(tool.value)) return [tool.value]
        drop(`tools.${tool.name}`)
        return []
    }
  })
}

/** Undefined if there are no tools, or no choice was made. */
export const encodeToolChoice = (
  choice: ToolChoice | undefined,
  tools: readonly JsonObject[],
  { drop, toName }: ToolsContext,
): unknown => {
  if (!choice || tools.length === 0) return undefined
  if (choice.mode !== 'named' && choice.mode !== 'allowed') return choice.mode
  const references = new Map(
    tools.flatMap(({ type, name }): [string, JsonObject][] =>
      typeof name === 'string' ? [[name, { type, name }]] : [],
    ),
  )
  if (choice.mode === 'named') {
    const named = references.get(toName(choice.name))
    if (!named) drop('tool_choice')
    return named
  }
  const allowed = choice.names.flatMap((name) => references.get(toName(name)) ?? [])
  if (allowed.length < choice.names.length) drop('tool_choice')
  return { type: 'allowed_tools', mode: choice.required ? 'required' : 'auto', tools: allowed }
}
