/** Calls of tools that the client itself runs. Each is written at once, since its arguments are no text. */
import { type JsonObject, parseObject, type Tool } from '#model'
import { type ByteString, unescapeJson } from '#streams'
import { toEscaped } from '../../answers/escaped-delta.ts'
import { ignore, type PartWriter } from '../../answers/part-writer.ts'
import { isShellTool, toShellAction } from './local-shell.ts'
import { isSearchTool } from './tool-search.ts'

interface ItemSink {
  /** Adds the item with what it has before it is done. Returns the rest of it. */
  open(prefix: string, fields: JsonObject, callId: string, empty: JsonObject): JsonObject
  close(item: JsonObject): void
}

interface Kind {
  readonly prefix: string
  readonly fields: JsonObject
  /** Where the arguments are. */
  readonly key: string
  /** In their place, while there are none, and where the call was cut off. */
  readonly begun: unknown
  readonly cut: JsonObject
  /** Undefined where they cannot be made of what was said. */
  readonly toValue: (given: JsonObject) => JsonObject | undefined
}

const NO_ACTION: JsonObject = { type: 'exec', command: [], env: {} }

const SEARCH: Kind = {
  prefix: 'tsc',
  fields: { type: 'tool_search_call', execution: 'client' },
  key: 'arguments',
  begun: null,
  cut: {},
  toValue: (given) => given,
}

const SHELL: Kind = {
  prefix: 'lsh',
  fields: { type: 'local_shell_call' },
  key: 'action',
  begun: NO_ACTION,
  cut: NO_ACTION,
  toValue: toShellAction,
}

const kindOf = (tool: Tool): Kind | undefined => {
  if (isSearchTool(tool)) return SEARCH
  return isShellTool(tool) ? SHELL : undefined
}

/** Undefined for the call of any other tool. */
export const createClientCalls =
  (sink: ItemSink) =>
  (tool: Tool, callId: string): PartWriter | undefined => {
    const kind = kindOf(tool)
    if (!kind) return undefined
    const { prefix, fields, key, begun, cut, toValue } = kind
    const item = sink.open(prefix, fields, callId, { [key]: begun })
    let escaped: ByteString = ''
    const close = (value: JsonObject, status: string): void =>
      sink.close({ ...item, [key]: value, status })
    return {
      cite: ignore,
      write: (delta) => void (escaped += toEscaped(delta)),
      end() {
        const given = escaped === '' ? {} : parseObject(unescapeJson(escaped))
        const value = given && toValue(given)
        if (value) close(value, 'completed')
        return value !== undefined
      },
      abandon: () => close(cut, 'incomplete'),
    }
  }
