/** Follows the tool calls of an answer, whole or in pieces; each comes out once. */
import { randomUUID } from 'node:crypto'
import {
  type AnswerWriter,
  createGrowingObject,
  createUniqueIds,
  type GrowingObject,
  unwrapFreeform,
} from '#protocols'
import type { AnswerMessage, CallChunk } from '../models/chat-model.ts'

export interface CallUndo {
  /** Tool names as sent -> as the client knows them. */
  readonly toolNames: ReadonlyMap<string, string>
  readonly freeform: ReadonlySet<string>
  readonly answerTool?: string
}

export interface CallReader {
  read(chunk: CallChunk): void
  /** Writes what was held back. */
  flush(): void
  /** A call other than that of the structured answer. */
  readonly any: boolean
  readonly characters: number
}

interface Call {
  readonly key: string
  readonly index: CallChunk['index']
  readonly id: string
  /** Undefined until the call has a name. */
  part: number | undefined
  freeform: boolean
  readonly input: GrowingObject
}

/** Pieces where there are any; else whole calls, those with unreadable arguments too. */
export const callsOf = (message: AnswerMessage): readonly CallChunk[] => {
  const { tool_call_chunks: pieces = [], tool_calls = [], invalid_tool_calls = [] } = message
  if (pieces.length > 0) return pieces
  const whole = tool_calls.map(({ id, name, args }) => ({ id, name, args: JSON.stringify(args) }))
  return [...whole, ...invalid_tool_calls]
}

export const createCallReader = (answer: AnswerWriter, undo: CallUndo): CallReader => {
  const calls: Call[] = []
  /** The last of each. */
  const byIndex = new Map<CallChunk['index'], Call>()
  const byId = new Map<string, Call>()
  /** Those that got more since another one was opened. */
  const changed = new Set<Call>()
  const toUniqueId = createUniqueIds()
  let any = false
  let characters = 0

  /** The call that a piece goes on with; undefined where it begins one. */
  const find = ({ id, index, name, args }: CallChunk): Call | undefined => {
    if (index === undefined) {
      if (id) return byId.get(id)
      return name ? undefined : calls.at(-1)
    }
    const known = byIndex.get(index)
    if (!known || !name) return known
    // Some vendors number every call 0.
    const isOther = id && known.id ? id !== known.id : Boolean(args) && known.input.isWhole
    return isOther ? undefined : known
  }

  const begin = (index: CallChunk['index'], id: string): Call => {
    const key = `call ${calls.length}`
    const call = { key, index, id, part: undefined, freeform: false, input: createGrowingObject() }
    calls.push(call)
    if (index !== undefined) byIndex.set(index, call)
    if (id !== '') byId.set(id, call)
    return call
  }

  const close = (call: Call): void => {
    if (call.part === undefined || !answer.isOpen(call.key)) return
    if (call.freeform) answer.write(call.part, unwrapFreeform(call.input.raw))
    answer.close(call.key)
  }

  const open = (call: Call, wireName: string): void => {
    // What is whole makes room: protocols that tell calls one by one need not hold the next one back.
    for (const other of changed) if (other !== call && other.input.isWhole) close(other)
    changed.clear()
    changed.add(call)
    if (wireName === undo.answerTool) {
      call.part = answer.open(call.key, () => ({ kind: 'text' }))
      return
    }
    const name = undo.toolNames.get(wireName) ?? wireName
    const freeform = undo.freeform.has(name)
    call.freeform = freeform
    any = true
    const id = toUniqueId(call.id || `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`)
    call.part = answer.open(call.key, () => ({
      kind: 'tool-call',
      id,
      name,
      ...(freeform ? { freeform } : {}),
    }))
    if (!freeform) answer.write(call.part, call.input.raw)
  }

  return {
    read(chunk) {
      const { id = '', name = '', args = '', index } = withoutNulls(chunk)
      const call = find({ id, name, args, index }) ?? begin(index, id)
      if (call.part === undefined && name !== '') open(call, name)
      call.input.add(args)
      changed.add(call)
      characters += args.length
      if (call.part !== undefined && !call.freeform && answer.isOpen(call.key))
        answer.write(call.part, args)
    },
    flush() {
      for (const call of calls) close(call)
    },
    get any() {
      return any
    },
    get characters() {
      return characters
    },
  }
}

/** Integrations write null for what they do not know. */
const withoutNulls = ({ id, name, args, index }: CallChunk): CallChunk => ({
  id: id ?? undefined,
  name: name ?? undefined,
  args: args ?? undefined,
  index: index ?? undefined,
})
