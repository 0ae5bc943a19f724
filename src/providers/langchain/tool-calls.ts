/** Follows the tool calls of an answer, whole or in pieces; each comes out once. */
import { randomUUID } from 'node:crypto'
import { isJsonObject } from '#model'
import { type AnswerWriter, createUniqueIds, unwrapFreeform } from '#protocols'
import type { AnswerMessage, CallChunk } from './chat-model.ts'

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
  text: string
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
  const toUniqueId = createUniqueIds()
  let any = false
  let characters = 0

  /** The call that a piece goes on with; undefined where it begins one. */
  const find = ({ id, index, name, args }: CallChunk): Call | undefined => {
    if (index === undefined) {
      if (id) return calls.findLast((call) => call.id === id)
      return name ? undefined : calls.at(-1)
    }
    const known = calls.findLast((call) => call.index === index)
    if (!known || !name) return known
    // Some vendors number every call 0.
    const isOther = id && known.id ? id !== known.id : Boolean(args) && isWhole(known.text)
    return isOther ? undefined : known
  }

  const close = (call: Call): void => {
    if (call.part === undefined || !answer.isOpen(call.key)) return
    if (call.freeform) answer.write(call.part, unwrapFreeform(call.text))
    answer.close(call.key)
  }

  const open = (call: Call, wireName: string): void => {
    // What is whole makes room: protocols that tell calls one by one need not hold the next one back.
    for (const other of calls) if (other !== call && isWhole(other.text)) close(other)
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
    if (!freeform) answer.write(call.part, call.text)
  }

  return {
    read(chunk) {
      const { id = '', name = '', args = '', index } = withoutNulls(chunk)
      const known = find({ id, name, args, index })
      const key = `call ${calls.length}`
      const call = known ?? { key, index, id, part: undefined, freeform: false, text: '' }
      if (!known) calls.push(call)
      if (call.part === undefined && name !== '') open(call, name)
      call.text += args
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

const isWhole = (text: string): boolean => {
  try {
    return isJsonObject(JSON.parse(text))
  } catch {
    return false
  }
}
