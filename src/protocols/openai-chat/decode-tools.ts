/** Reads the tools of a request, and which of them the model is to call. */
import { isJsonObject, type JsonObject, type Tool, type ToolChoice } from '#model'
import {
  at,
  lookUp,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
  toObject,
  withoutUndefined,
} from '../requests/fields.ts'
import { PROTOCOL } from './wire.ts'

export const decodeTools = (tools: readonly unknown[], path: string): Tool[] =>
  tools.map((value, index) => {
    const where = at(path, index)
    const tool = toObject(value, where)
    if (isAnthropicsTool(tool)) return toAnthropicsFunction(tool, where)
    return (lookUp(READERS, tool.type ?? 'function') ?? toNative)(tool, where)
  })

/** The oldest form of tools. */
export const decodeFunctions = (functions: readonly unknown[], path: string): Tool[] =>
  functions.map((value, index) => toFunction(toObject(value, at(path, index)), at(path, index)))

const toFunction = (called: JsonObject, path: string): Tool =>
  withoutUndefined({
    kind: 'function',
    name: requiredString(called, 'name', path),
    description: optionalString(called, 'description', path),
    schema: optionalObject(called, 'parameters', path),
    strict: typeof called.strict === 'boolean' ? called.strict : undefined,
  } as Tool)

/** The form that clients use for models named claude-…: https://github.com/BerriAI/litellm/issues/25669 */
export const isAnthropicsTool = (tool: JsonObject): boolean =>
  tool.input_schema !== undefined && tool.function === undefined && tool.custom === undefined

const toAnthropicsFunction: ReadTool = (tool, path) =>
  withoutUndefined({
    ...toFunction(tool, path),
    schema: optionalObject(tool, 'input_schema', path),
    deferred: optionalBoolean(tool, 'defer_loading', path),
    cacheControl: tool.cache_control ?? undefined,
  } as Tool)

type ReadTool = (tool: JsonObject, path: string) => Tool

/** `web_search_20250305`: only Anthropic puts a date into the types of its own tools. */
const DATED = /_20\d{6}$/

const toNative: ReadTool = (tool, path) => {
  const name = requiredString(tool, 'type', path)
  return {
    kind: 'native',
    protocol: DATED.test(name) ? 'anthropic-messages' : PROTOCOL,
    name,
    value: tool,
  }
}

const READERS: Readonly<Record<string, ReadTool>> = {
  function(tool, path) {
    // Some clients write a tool without nesting, as in the Responses protocol.
    const isFlat = tool.function === undefined && typeof tool.name === 'string'
    const read = isFlat
      ? toFunction(tool, path)
      : toFunction(requiredObject(tool, 'function', path), at(path, 'function'))
    return withoutUndefined({ ...read, cacheControl: tool.cache_control ?? undefined } as Tool)
  },
  custom(tool, path) {
    const custom = requiredObject(tool, 'custom', path)
    const where = at(path, 'custom')
    return withoutUndefined({
      kind: 'freeform',
      name: requiredString(custom, 'name', where),
      description: optionalString(custom, 'description', where),
      format: custom.format ?? undefined,
    } as Tool)
  },
}

const MODES: Readonly<Record<string, ToolChoice>> = {
  auto: { mode: 'auto' },
  none: { mode: 'none' },
  required: { mode: 'required' },
  // Mistral's and Anthropic's word.
  any: { mode: 'required' },
}

export const isAnthropicsChoice = ({ type }: JsonObject): boolean =>
  type === 'tool' || lookUp(MODES, type) !== undefined

/** Undefined if the kind of choice is unknown. */
export const decodeToolChoice = (choice: unknown, path: string): ToolChoice | undefined => {
  if (typeof choice === 'string') return lookUp(MODES, choice)
  const object = toObject(choice, path)
  if (object.type === 'allowed_tools') return toAllowed(object, path)
  // Anthropic's form.
  const mode = lookUp(MODES, object.type)
  if (mode) return mode
  const named = [object.function, object.custom, object].find(isJsonObject)
  return typeof named?.name === 'string' ? { mode: 'named', name: named.name } : undefined
}

const toAllowed = (choice: JsonObject, path: string): ToolChoice => {
  const allowed = optionalObject(choice, 'allowed_tools', path) ?? choice
  const where = allowed === choice ? path : at(path, 'allowed_tools')
  const names = requiredArray(allowed, 'tools', where).map((value, index) => {
    const tool = toObject(value, at(at(where, 'tools'), index))
    const named = [tool.function, tool.custom].find(isJsonObject) ?? tool
    return requiredString(named, 'name', at(at(where, 'tools'), index))
  })
  return { mode: 'allowed', names, required: allowed.mode === 'required' }
}
