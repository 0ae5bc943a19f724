/** Follows the tool calls of an answer. Vendors number and name them in many ways; each call comes out once. */
import { isJsonObject } from '#model'
import { type ByteString, escapeJson, unescapeJson } from '#streams'
import type { AnswerWriter } from '../answers/answer-writer.ts'
import { unwrapFreeform } from '../requests/tools/freeform-input.ts'
import { createGrowingObject, type GrowingObject } from '../requests/tools/growing-object.ts'
import { toText } from '../requests/lenient-fields.ts'
import type { Undo } from '../protocol.ts'
import { createUniqueIds, generateCallId } from '../answers/unique-ids.ts'
import type { WireInvocation, WireToolCall } from './wire.ts'

export interface OpenCall {
  readonly index: unknown
  /** As the upstream wrote it: empty where it gave none, perhaps not unique. */
  readonly wireId: string
  readonly key: string
  /** The part of the answer; undefined until the call has a name. */
  part: number | undefined
  /** What came of the arguments, escaped as in a JSON string. */
  readonly input: GrowingObject
  /** It got more since it was last asked whether it is whole. */
  isChanged: boolean
  /** Of a freeform tool that was sent as a function: nothing is written before it can be unwrapped. */
  isHeld: boolean
}

export interface CallReader {
  /** Returns the call that was open already and only got more arguments. */
  read(call: WireToolCall): OpenCall | undefined
  /** More of a call's arguments, which are written already. */
  add(call: OpenCall, escaped: ByteString): void
  /** No call will get more. */
  end(): void
  any(): boolean
  /** Of all arguments that were read. */
  characters(): number
}

/** Arguments are text; some vendors write the object itself. */
const toArguments = (value: unknown): string =>
  isJsonObject(value) ? JSON.stringify(value) : toText(value)

export const createCallReader = (
  answer: AnswerWriter,
  undo: Undo,
  answerId: () => string,
): CallReader => {
  const calls: OpenCall[] = []
  /** The last of each. */
  const byIndex = new Map<number, OpenCall>()
  const byId = new Map<string, OpenCall>()
  /** Those that got more since another one was opened. */
  const changed = new Set<OpenCall>()
  const toUniqueId = createUniqueIds()
  let any = false
  let characters = 0

  /** The call that a delta goes on with; undefined where it begins one. */
  const find = (index: unknown, wireId: string, name: string, text: string) => {
    if (typeof index !== 'number') {
      if (wireId !== '') return byId.get(wireId)
      return name === '' ? calls.at(-1) : undefined
    }
    const known = byIndex.get(index)
    if (!known || name === '') return known
    // Some vendors number every call 0: another id tells them apart, or arguments that were whole already.
    const isOther =
      wireId === '' || known.wireId === ''
        ? text !== '' && known.input.isWhole
        : wireId !== known.wireId
    return isOther ? undefined : known
  }

  const note = (call: OpenCall): void => {
    if (call.isChanged) return
    call.isChanged = true
    changed.add(call)
  }

  const add = (call: OpenCall, escaped: ByteString): void => {
    call.input.add(escaped)
    note(call)
  }

  const begin = (index: unknown, wireId: string): OpenCall => {
    const key = `call ${calls.length}`
    const input = createGrowingObject(unescapeJson)
    const call = { index, wireId, key, part: undefined, input, isChanged: false, isHeld: false }
    calls.push(call)
    if (typeof index === 'number') byIndex.set(index, call)
    if (wireId !== '') byId.set(wireId, call)
    return call
  }

  const release = (call: OpenCall): void => {
    if (!call.isHeld || call.part === undefined || answer.ended) return
    call.isHeld = false
    answer.write(call.part, unwrapFreeform(unescapeJson(call.input.raw)))
  }

  const open = (call: OpenCall, wireName: string, isCustom: boolean): void => {
    // What is whole makes room: protocols that tell calls one by one need not hold this one back.
    for (const other of changed) {
      other.isChanged = false
      if (other === call || !answer.isOpen(other.key) || !other.input.isWhole) continue
      release(other)
      answer.close(other.key)
    }
    changed.clear()
    note(call)
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
      const call = find(delta.index, wireId, name, text) ?? begin(delta.index, wireId)
      const isNamed = call.part !== undefined
      characters += text.length
      add(call, escapeJson(text))
      if (!isNamed) {
        if (name === '') return undefined
        open(call, name, freeform)
        if (!call.isHeld) answer.splice(call.part ?? 0, call.input.raw)
        return undefined
      }
      if (!answer.isOpen(call.key) || text === '' || call.isHeld) return undefined
      answer.write(call.part ?? 0, text)
      return call
    },
    add,
    end: () => calls.forEach(release),
    any: () => any,
    characters: () => characters,
  }
}

const toInvocation = ({ function: called, custom }: WireToolCall): WireInvocation => {
  if (isJsonObject(custom)) return custom
  return isJsonObject(called) ? called : {}
}
