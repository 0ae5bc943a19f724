/** Calls of tools that the client runs. Each is written in one piece, since its arguments are an object. */
import { type JsonObject, parseObject, type Tool } from '#model'
import { type ByteString, unescapeJson } from '#streams'
import { ignore, type PartWriter, toEscaped } from '../../answers/part-writer.ts'
import { isShellTool, toShellAction } from './local-shell.ts'
import { isSearchTool } from './tool-search.ts'

interface ItemSink {
  /** Adds the item with the fields it has before it is complete, and returns the fields to complete it with. */
  open(prefix: string, fields: JsonObject, callId: string, empty: JsonObject): JsonObject
  close(item: JsonObject): void
}

interface Kind {
  readonly prefix: string
  readonly fields: JsonObject
  /** The field that holds the arguments. */
  readonly key: string
  /** Its value before the arguments are complete, and after the call was cut off. */
  readonly pending: unknown
  readonly cut: JsonObject
  /** The field's value, or undefined if the arguments do not fit. */
  readonly toValue: (given: JsonObject) => JsonObject | undefined
}

const NO_ACTION: JsonObject = { type: 'exec', command: [], env: {} }

const SEARCH: Kind = {
  prefix: 'tsc',
  fields: { type: 'tool_search_call', execution: 'client' },
  key: 'arguments',
  pending: null,
  cut: {},
  toValue: (given) => given,
}

const SHELL: Kind = {
  prefix: 'lsh',
  fields: { type: 'local_shell_call' },
  key: 'action',
  pending: NO_ACTION,
  cut: NO_ACTION,
  toValue: toShellAction,
}

const kindOf = (tool: Tool): Kind | undefined => {
  if (isSearchTool(tool)) return SEARCH
  return isShellTool(tool) ? SHELL : undefined
}

/** Returns undefined for a call of any other tool. */
export const createClientCalls =
  (sink: ItemSink) =>
  (tool: Tool, callId: string): PartWriter | undefined => {
    const kind = kindOf(tool)
    if (!kind) return undefined
    const { prefix, fields, key, pending, cut, toValue } = kind
    const item = sink.open(prefix, fields, callId, { [key]: pending })
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
