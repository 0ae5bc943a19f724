/** Watches a relayed stream of completion chunks. */
import { isJsonObject, type JsonObject, parseObject } from '#model'
import { fromByteString } from '#streams'
import { decodeEnding, decodeFacts } from '../openai-chat/index.ts'
import type { StreamTap } from '../protocol.ts'
import { ANNOUNCEMENT, createEventTap, type EventReport } from '../answers/tap.ts'
import { findFault, findFaultInText } from '../answers/stream-faults.ts'
import { decodeUsage } from './usage.ts'
import { DONE, type WireChoice } from './wire.ts'

/** The fields of the started answer that its last chunk must repeat to belong to it. */
const IDENTITY = ['id', 'created', 'model'] as const

export const createTap = (): StreamTap => {
  let identity: JsonObject | undefined
  // A stream of several choices is complete when each has finished.
  const open = new Set<unknown>()

  const readChunk = (chunk: JsonObject): EventReport => {
    const isFirst = identity === undefined
    identity ??= Object.fromEntries(IDENTITY.map((key) => [key, chunk[key]]))
    const choices: WireChoice[] = Array.isArray(chunk.choices)
      ? chunk.choices.filter(isJsonObject)
      : []
    for (const { index, finish_reason } of choices)
      if (finish_reason) open.delete(index)
      else open.add(index)
    const finishes = choices.some((choice) => choice.finish_reason)
    const texts = choices.map(({ text }) => (typeof text === 'string' ? text : ''))
    const usage = decodeUsage(chunk)
    return {
      announces: !finishes && texts.every((text) => text === ''),
      finished: finishes && open.size === 0,
      ...(finishes ? { ending: decodeEnding(chunk) } : {}),
      ...(isFirst || finishes ? { facts: decodeFacts(chunk) } : {}),
      characters: texts.reduce((sum, text) => sum + text.length, 0),
      ...(usage ? { usage } : {}),
      ...(texts.length === 1 && texts[0] !== '' && !finishes && !chunk.usage
        ? { slot: 'text' }
        : {}),
    }
  }

  return createEventTap({
    varying: [],
    read(data, event) {
      // A stream of nothing else is no answer.
      if (data.trim() === DONE) return { finished: true, announces: identity === undefined }
      const chunk = parseObject(fromByteString(data))
      const fault = chunk ? findFault(chunk, event) : findFaultInText(data, event)
      return fault ?? (chunk ? readChunk(chunk) : ANNOUNCEMENT)
    },
    context: () => identity ?? {},
  })
}
