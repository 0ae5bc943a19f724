/** Reads the tools of a request, in all the places that hold them, and which of them the model is to call. */
import { isJsonObject, type JsonObject, type Tool, type ToolChoice } from '#model'
import {
  at,
  lookUp,
  optionalArray,
  optionalString,
  requiredArray,
  requiredString,
  toObject,
  withoutUndefined,
} from '../requests/fields.ts'
import { PROTOCOL } from './decode-content.ts'
import { decodeGrammar } from './tools/grammars.ts'
import { LOCAL_SHELL, SHELL_TOOL } from './tools/local-shell.ts'
import { flattenName } from './tools/namespaces.ts'
import { isClientSearch, toSearchTool } from './tools/tool-search.ts'

/** Of several tools with one name, the first counts: a tool is loaded once, however often it was found. */
export const decodeAllTools = (body: JsonObject, items: readonly unknown[]): readonly Tool[] => {
  const given = [
    ...decodeTools(optionalArray(body, 'tools') ?? [], 'tools'),
    ...items.flatMap((item, index) => toolsInItem(item, at('input', index))),
  ]
  const byName = new Map<string, Tool>()
  for (const tool of given) if (!byName.has(tool.name)) byName.set(tool.name, tool)
  return [...byName.values()]
}

const toolsInItem = (item: unknown, path: string): Tool[] => {
  if (!isJsonObject(item)) return []
  const where = at(path, 'tools')
  if (item.type === 'additional_tools')
    return decodeTools(requiredArray(item, 'tools', path), where)
  if (item.type !== 'tool_search_output') return []
  return decodeTools(optionalArray(item, 'tools', path) ?? [], where).map((tool) =>
    tool.kind === 'function' ? { ...tool, deferred: true } : tool,
  )
}

/** `defer_loading` is for the vendor's own search; without one, all tools are offered. */
export const decodeTools = (tools: readonly unknown[], path: string): Tool[] =>
  tools.flatMap((value, index) => {
    const where = at(path, index)
    const tool = toObject(value, where)
    return (lookUp(READERS, tool.type ?? 'function') ?? toNative)(tool, where)
  })

type ReadTool = (tool: JsonObject, path: string, namespace?: string) => Tool[]

const toNative: ReadTool = (tool, path) => [
  { kind: 'native', protocol: PROTOCOL, name: requiredString(tool, 'type', path), value: tool },
]

/** Kinds of tools that a namespace may hold. */
const GROUPED: Readonly<Record<string, ReadTool>> = {
  function: (tool, path, namespace) => [
    withoutUndefined<Tool>({
      kind: 'function',
      name: flattenName(requiredString(tool, 'name', path), namespace),
      namespace,
      description: optionalString(tool, 'description', path),
      schema: isJsonObject(tool.parameters) ? tool.parameters : undefined,
      strict: typeof tool.strict === 'boolean' ? tool.strict : undefined,
    } as Tool),
  ],
  custom: (tool, path, namespace) => [
    withoutUndefined<Tool>({
      kind: 'freeform',
      name: flattenName(requiredString(tool, 'name', path), namespace),
      namespace,
      description: optionalString(tool, 'description', path),
      format: decodeGrammar(tool.format) ?? undefined,
    } as Tool),
  ],
}

const READERS: Readonly<Record<string, ReadTool>> = {
  ...GROUPED,
  namespace(group, path) {
    const namespace = requiredString(group, 'name', path)
    return requiredArray(group, 'tools', path).flatMap((value, index) => {
      const where = at(at(path, 'tools'), index)
      const tool = toObject(value, where)
      const read = lookUp(GROUPED, tool.type ?? 'function') ?? toNative
      return read(tool, where, namespace)
    })
  },
  [LOCAL_SHELL]: () => [SHELL_TOOL],
  tool_search: (tool, path) =>
    isClientSearch(tool) ? [toSearchTool(tool, path)] : toNative(tool, path),
}

const MODES: Readonly<Record<string, ToolChoice>> = {
  auto: { mode: 'auto' },
  none: { mode: 'none' },
  required: { mode: 'required' },
}

/** Undefined if the vocabulary has no word for the choice. */
export const decodeToolChoice = (choice: unknown): ToolChoice | undefined => {
  if (choice === undefined || choice === null) return undefined
  if (typeof choice === 'string') return lookUp(MODES, choice)
  const object = toObject(choice, 'tool_choice')
  if (object.type === 'allowed_tools') return toAllowed(object)
  const name = toChosenName(object)
  return name === undefined ? undefined : { mode: 'named', name }
}

const toChosenName = ({ type, name, namespace }: JsonObject): string | undefined =>
  (type === 'function' || type === 'custom') && typeof name === 'string'
    ? flattenName(name, typeof namespace === 'string' ? namespace : undefined)
    : undefined

const toAllowed = (choice: JsonObject): ToolChoice => ({
  mode: 'allowed',
  names: requiredArray(choice, 'tools', 'tool_choice').map((value, index) => {
    const tool = toObject(value, at('tool_choice.tools', index))
    // The vendor's own tools are identified by their type.
    return toChosenName(tool) ?? requiredString(tool, 'type', at('tool_choice.tools', index))
  }),
  required: choice.mode === 'required',
})
