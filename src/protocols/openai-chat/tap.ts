/** Watches a relayed chat stream. */
import { isJsonObject, type JsonObject, parseObject } from '#model'
import { fromByteString } from '#streams'
import type { StreamTap } from '../protocol.ts'
import { ANNOUNCEMENT, createEventTap, type EventReport } from '../answers/tap.ts'
import { toRunningUsage } from '../tokens/running-usage.ts'
import { findFault, findFaultInText } from '../answers/stream-faults.ts'
import { decodeEnding, decodeFacts } from './finish-reasons.ts'
import { decodeChunkUsage } from './usage.ts'
import type { WireChoice, WireDelta, WireInvocation, WireToolCall } from './wire.ts'

/** Fields that differ in every chunk of some vendors. Usage is read only if no later chunk reports it. */
export const VARYING_KEYS = [
  'obfuscation',
  // Mistral's name for the same.
  'p',
  'completion_tokens',
  'total_tokens',
  'reasoning_tokens',
]

export const createTap = (): StreamTap => {
  // A stream of several choices is complete when each has finished.
  const open = new Set<unknown>()
  let anyFinished = false
  let isFirst = true

  const readChoice = (choice: WireChoice): Text[] => {
    open.add(choice.index)
    if (choice.finish_reason) open.delete(choice.index)
    return isJsonObject(choice.delta) ? textsOf(choice.delta) : []
  }

  const readChunk = (chunk: JsonObject): EventReport => {
    const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isJsonObject) : []
    const texts = choices.flatMap(readChoice)
    const finishes = choices.some((choice) => choice.finish_reason)
    anyFinished ||= finishes
    const isComplete = anyFinished && open.size === 0
    const usage = decodeChunkUsage(chunk)
    const [only, ...others] = texts
    const saysMore = isFirst || finishes
    isFirst = false
    return {
      announces: !finishes && choices.every(isEmpty),
      finished: isComplete,
      ...(finishes ? { ending: decodeEnding(chunk) } : {}),
      ...(saysMore ? { facts: decodeFacts(chunk) } : {}),
      characters: texts.reduce((sum, { text }) => sum + text.length, 0),
      ...(usage ? { usage: isComplete ? usage : toRunningUsage(usage) } : {}),
      ...(only && others.length === 0 && !finishes ? { slot: only.key } : {}),
    }
  }

  return createEventTap({
    varying: VARYING_KEYS,
    usageOf: (chunk) => toRunningUsage(decodeChunkUsage(chunk)),
    read(data, event) {
      // A stream without a choice is no answer.
      if (data.trim() === '[DONE]')
        return { finished: true, announces: open.size === 0 && !anyFinished }
      const chunk = parseObject(fromByteString(data))
      const fault = chunk ? findFault(chunk, event) : findFaultInText(data, event)
      return fault ?? (chunk ? readChunk(chunk) : ANNOUNCEMENT)
    },
  })
}

/** Many servers send the role first, in a chunk of its own. */
const isEmpty = ({ delta }: WireChoice): boolean =>
  isJsonObject(delta) &&
  Object.entries(delta).every(([key, value]) => key === 'role' || isNothing(value))

const isNothing = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0)

interface Text {
  readonly key: string
  readonly text: string
}

const textsOf = (delta: WireDelta): Text[] => {
  const texts: Text[] = []
  const add = (key: string, text: unknown): void => {
    if (typeof text === 'string' && text !== '') texts.push({ key, text })
  }
  add('content', delta.content)
  add('refusal', delta.refusal)
  // Some vendors write the same thought under both names.
  if (delta.reasoning_content) add('reasoning_content', delta.reasoning_content)
  else add('reasoning', delta.reasoning)
  const calls = Array.isArray(delta.tool_calls) ? delta.tool_calls.filter(isJsonObject) : []
  for (const call of calls) {
    const invocation = invocationOf(call)
    // A name comes only once, so the next event of this call will look different.
    if (invocation.name) add('name', invocation.name)
    add('arguments', invocation.arguments)
    add('input', invocation.input)
  }
  return texts
}

const invocationOf = (call: WireToolCall): WireInvocation => {
  const invocation = call.function ?? call.custom
  return isJsonObject(invocation) ? invocation : {}
}
