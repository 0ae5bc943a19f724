/** Follows the tool calls of an answer. Vendors number and name them in many ways; each call comes out once. */
import { isJsonObject } from '#model'
import { type ByteString, escapeJson, unescapeJson } from '#streams'
import type { AnswerWriter } from '../answer-writer.ts'
import { unwrapFreeform } from '../freeform-input.ts'
import { toText } from '../lenient-fields.ts'
import type { Undo } from '../protocol.ts'
import { createUniqueIds, generateCallId } from '../unique-ids.ts'
import type { WireInvocation, WireToolCall } from './wire.ts'

export interface OpenCall {
  readonly index: unknown
  /** As the upstream wrote it: empty where it gave none, perhaps not unique. */
  readonly wireId: string
  readonly key: string
  /** The part of the answer; undefined until the call has a name. */
  part: number | undefined
  /** What came of the arguments, escaped as in a JSON string. */
  escaped: ByteString
  /** Of a freeform tool that was sent as a function: nothing is written before it can be unwrapped. */
  isHeld: boolean
}

export interface CallReader {
  /** Returns the call that was open already and only got more arguments. */
  read(call: WireToolCall): OpenCall | undefined
  /** No call will get more. */
  end(): void
  readonly any: boolean
  /** Of all arguments that were read. */
  readonly characters: number
}

/** Arguments are text; some vendors write the object itself. */
const toArguments = (value: unknown): string =>
  isJsonObject(value) ? JSON.stringify(value) : toText(value)

const isWhole = ({ escaped }: OpenCall): boolean => {
  try {
    return isJsonObject(JSON.parse(unescapeJson(escaped)))
  } catch {
    return false
  }
}

export const createCallReader = (
  answer: AnswerWriter,
  undo: Undo,
  answerId: () => string,
): CallReader => {
  const calls: OpenCall[] = []
  const toUniqueId = createUniqueIds()
  let any = false
  let characters = 0

  /** The call that a delta goes on with; undefined where it begins one. */
  const find = (index: unknown, wireId: string, name: string, text: string) => {
    if (typeof index !== 'number') {
      if (wireId !== '') return calls.findLast((call) => call.wireId === wireId)
      return name === '' ? calls.at(-1) : undefined
    }
    const known = calls.findLast((call) => call.index === index)
    if (!known || name === '') return known
    // Some vendors number every call 0: another id tells them apart, or arguments that were whole already.
    const isOther =
      wireId === '' || known.wireId === '' ? text !== '' && isWhole(known) : wireId !== known.wireId
    return isOther ? undefined : known
  }

  const release = (call: OpenCall): void => {
    if (!call.isHeld || call.part === undefined || answer.ended) return
    call.isHeld = false
    answer.write(call.part, unwrapFreeform(unescapeJson(call.escaped)))
  }

  const open = (call: OpenCall, wireName: string, isCustom: boolean): void => {
    // What is whole makes room: protocols that tell calls one by one need not hold this one back.
    for (const other of calls)
      if (other !== call && answer.isOpen(other.key) && isWhole(other)) {
        release(other)
        answer.close(other.key)
      }
    const id = toUniqueId(call.wireId || generateCallId(answerId(), call.key))
    const name = undo.toolNames.get(wireName) ?? wireName
    const opening = { kind: 'tool-call', id, name } as const
    call.isHeld = !isCustom && undo.freeformTools.has(name)
    const freeform = isCustom || call.isHeld
    call.part = answer.open(call.key, () => (freeform ? { ...opening, freeform } : opening))
    any = true
  }

  return {
    read(delta) {
      const freeform = isJsonObject(delta.custom)
      const invocation = toInvocation(delta)
      const wireId = toText(delta.id)
      const name = toText(invocation.name)
      const text = freeform ? toText(invocation.input) : toArguments(invocation.arguments)
      const known = find(delta.index, wireId, name, text)
      const call = known ?? {
        index: delta.index,
        wireId,
        key: `call ${calls.length}`,
        part: undefined,
        escaped: '',
        isHeld: false,
      }
      if (!known) calls.push(call)
      const isNamed = call.part !== undefined
      characters += text.length
      call.escaped += escapeJson(text)
      if (!isNamed) {
        if (name === '') return undefined
        open(call, name, freeform)
        if (!call.isHeld) answer.splice(call.part ?? 0, call.escaped)
        return undefined
      }
      if (!answer.isOpen(call.key) || text === '' || call.isHeld) return undefined
      answer.write(call.part ?? 0, text)
      return call
    },
    end: () => calls.forEach(release),
    get any() {
      return any
    },
    get characters() {
      return characters
    },
  }
}

const toInvocation = ({ function: called, custom }: WireToolCall): WireInvocation => {
  if (isJsonObject(custom)) return custom
  return isJsonObject(called) ? called : {}
}
