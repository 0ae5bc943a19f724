/** Reads the items of a conversation as turns. */
import {
  GatewayError,
  invalidRequest,
  type JsonObject,
  type Part,
  type Tool,
  type ToolCallPart,
  type Turn,
} from '#model'
import {
  at,
  lookUp,
  optionalString,
  requiredString,
  toObject,
  withoutUndefined,
} from '../../requests/fields.ts'
import { toText } from '../../requests/lenient-fields.ts'
import { toLoadedNote } from '../../requests/content/plain-text.ts'
import { decodeContent, toNative } from '../decode-content.ts'
import { decodeReasoning } from '../reasoning/decode-reasoning.ts'
import { decodeTools } from '../decode-tools.ts'
import { LOCAL_SHELL, toShellArguments } from '../tools/local-shell.ts'
import { flattenName } from '../tools/namespaces.ts'
import { readSummary } from '../compaction/sealed-summary.ts'
import { TRIGGER } from '../compaction/summarise.ts'
import { isClientSearch, TOOL_SEARCH } from '../tools/tool-search.ts'

/** @param tools all that the request offers, in any place. */
const decodeItems = (items: readonly unknown[], tools: readonly Tool[]): Turn[] => {
  const deferred = new Set(
    tools.flatMap((tool) => (tool.kind === 'function' && tool.deferred ? [tool.name] : [])),
  )
  const turns: { readonly role: Turn['role']; readonly parts: Part[] }[] = []

  const add = (role: Turn['role'], parts: readonly Part[]): void => {
    if (parts.length === 0) return
    const last = turns.at(-1)
    // Each call, thought and result is a separate item, and neighbours form one turn; every message is a turn.
    if (last?.role === role && (role === 'assistant' || role === 'tool')) last.parts.push(...parts)
    else turns.push({ role, parts: [...parts] })
  }

  const loaded: ReadItem = (item, path) => ({
    role: 'tool',
    parts: [
      {
        kind: 'tool-result',
        callId: requiredString(item, 'call_id', path),
        parts: toLoaded(item, path, deferred),
      },
    ],
  })

  const shellCalls = new Map<string, string>()

  const noteShellCall = ({ type, id, call_id }: JsonObject): void => {
    if (type === SHELL_CALL && typeof id === 'string' && typeof call_id === 'string')
      shellCalls.set(id, call_id)
  }

  for (const [index, value] of items.entries()) {
    const path = at('input', index)
    const item = withCallId(toObject(value, path), shellCalls)
    noteShellCall(item)
    const type = item.type ?? (item.role === undefined ? 'item_reference' : 'message')
    const isLoaded = type === 'tool_search_output' && typeof item.call_id === 'string'
    const read = isLoaded ? loaded : (lookUp(READERS, type) ?? readNative)
    const turn = read(item, path)
    if (turn) add(turn.role, turn.parts)
  }
  return turns
}

const SHELL_CALL = 'local_shell_call'

/** A shell's output refers to its call by `id`, which is the id of the call or of its item. */
const withCallId = (item: JsonObject, shellCalls: ReadonlyMap<string, string>): JsonObject => {
  const { type, id, call_id } = item
  if (type !== `${SHELL_CALL}_output` || (call_id !== undefined && call_id !== null)) return item
  return { ...item, call_id: typeof id === 'string' ? (shellCalls.get(id) ?? id) : id }
}

type ReadItem = (item: JsonObject, path: string) => Turn | undefined

const readNative: ReadItem = (item) => ({ role: 'assistant', parts: [toNative(item)] })

const ROLES: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
}

const readMessage: ReadItem = (item, path) => {
  const where = at(path, 'role')
  const role = lookUp(ROLES, requiredString(item, 'role', path))
  if (!role)
    throw invalidRequest(`'${where}' must be one of ${Object.keys(ROLES).join(', ')}.`, where)
  if (item.content === undefined)
    throw invalidRequest(`'${at(path, 'content')}' is required.`, at(path, 'content'))
  return { role, parts: decodeContent(item.content, at(path, 'content')) }
}

const toAssistant = (part: Part): Turn => ({ role: 'assistant', parts: [part] })

const toName = (item: JsonObject, path: string): string =>
  flattenName(requiredString(item, 'name', path), optionalString(item, 'namespace', path))

const readCall: ReadItem = (item, path) =>
  toAssistant({
    kind: 'tool-call',
    id: requiredString(item, 'call_id', path),
    name: toName(item, path),
    arguments: optionalString(item, 'arguments', path) ?? '',
  })

const readCustomCall: ReadItem = (item, path) =>
  toAssistant({
    kind: 'tool-call',
    id: requiredString(item, 'call_id', path),
    name: toName(item, path),
    arguments: requiredString(item, 'input', path),
    freeform: true,
  })

const readShellCall: ReadItem = (item, path) =>
  toAssistant({
    kind: 'tool-call',
    id: requiredString(item, 'call_id', path),
    name: LOCAL_SHELL,
    arguments: toShellArguments(item.action),
  })

const readOutput: ReadItem = (item, path) => ({
  role: 'tool',
  parts: [
    {
      kind: 'tool-result',
      callId: requiredString(item, 'call_id', path),
      parts: decodeContent(item.output, at(path, 'output')),
    },
  ],
})

/** A search that the vendor ran itself stays a native item. */
const readSearch: ReadItem = (item, path) => {
  if (!isClientSearch({ ...item, type: TOOL_SEARCH }) || typeof item.call_id !== 'string')
    return readNative(item, path)
  const { arguments: given } = item
  return toAssistant(
    withoutUndefined<ToolCallPart>({
      kind: 'tool-call',
      id: item.call_id,
      name: TOOL_SEARCH,
      arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}),
    }),
  )
}

/** A deferred tool of the request is loaded by reference; for any other, its name is enough. */
const toLoaded = (item: JsonObject, path: string, deferred: ReadonlySet<string>): Part[] => {
  const found = decodeTools(Array.isArray(item.tools) ? item.tools : [], at(path, 'tools'))
  if (found.length === 0) return [{ kind: 'text', text: 'No tools were found.' }]
  return found.map(({ name }) =>
    deferred.has(name)
      ? { kind: 'tool-reference', name }
      : { kind: 'text', text: toLoadedNote(name) },
  )
}

const refuseReference: ReadItem = (item, path) => {
  throw new GatewayError(
    'invalid_request',
    `The item '${toText(item.id)}' that '${path}' refers to is not known here; send the item itself.`,
    { param: path },
  )
}

/** Only the vendor that sealed an item can read it. */
const readCompaction: ReadItem = (item, path) => {
  const text = readSummary(item)
  if (text === undefined) return readNative(item, path)
  return { role: 'user', parts: [{ kind: 'text', text }] }
}

const READERS: Readonly<Record<string, ReadItem>> = {
  message: readMessage,
  reasoning(item, path) {
    const parts = decodeReasoning(item, path)
    return { role: 'assistant', parts }
  },
  function_call: readCall,
  function_call_output: readOutput,
  custom_tool_call: readCustomCall,
  custom_tool_call_output: readOutput,
  [SHELL_CALL]: readShellCall,
  [`${SHELL_CALL}_output`]: readOutput,
  tool_search_call: readSearch,
  // Its tools have been read with all the others.
  additional_tools: () => undefined,
  // `toSummaryRequest` applies it to the complete request.
  [TRIGGER]: () => undefined,
  compaction: readCompaction,
  item_reference: refuseReference,
}

/** The instructions and the input of a request, as turns. */
export const decodeInput = (body: JsonObject, tools: readonly Tool[]): Turn[] => {
  const { input } = body
  const instructions = optionalString(body, 'instructions')
  const head: Turn[] = instructions
    ? [{ role: 'system', parts: [{ kind: 'text', text: instructions }] }]
    : []
  if (typeof input === 'string')
    return [...head, { role: 'user', parts: decodeContent(input, 'input') }]
  return [...head, ...decodeItems(toItems(input), tools)]
}

/** Checks only the outer type; each use reads the items itself. */
export const toItems = (input: unknown): readonly unknown[] => {
  if (typeof input === 'string') return []
  if (Array.isArray(input)) return input
  throw invalidRequest("'input' must be a string or an array.", 'input')
}
