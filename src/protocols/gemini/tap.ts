/** Watches a relayed Gemini stream. Only its finishReason shows that it is complete. */
import { isJsonObject, type JsonObject, parseObject } from '#model'
import { fromByteString } from '#streams'
import type { StreamTap } from '../protocol.ts'
import { ANNOUNCEMENT, createEventTap, type EventReport } from '../answers/tap.ts'
import { toRunningUsage } from '../tokens/running-usage.ts'
import { findFaultInText } from '../answers/stream-faults.ts'
import { findFault } from './errors.ts'
import { decodeEnding, decodeFacts } from './finish-reasons.ts'
import { decodeSearches, decodeUsage, type SearchUse } from './usage.ts'
import type { WireCandidate, WirePart } from './wire.ts'

/** Every piece reports the usage so far. These values are read only if no later piece reports usage. */
export const VARYING_KEYS = [
  'promptTokenCount',
  'cachedContentTokenCount',
  'toolUsePromptTokenCount',
  'candidatesTokenCount',
  'thoughtsTokenCount',
  'totalTokenCount',
  // In the lists by modality.
  'tokenCount',
]

export const createTap = (): StreamTap => {
  // A stream of several candidates is complete when each has finished.
  const open = new Set<unknown>()
  let searches: SearchUse = {}
  let isFirst = true

  const readCandidate = ({ index = 0, content, finishReason }: WireCandidate): Counted => {
    open.add(index)
    if (finishReason) open.delete(index)
    const parts = isJsonObject(content) && Array.isArray(content.parts) ? content.parts : []
    return { parts: parts.filter(isJsonObject), finishes: Boolean(finishReason) }
  }

  const readAnswer = (answer: JsonObject): EventReport => {
    const { candidates, promptFeedback } = answer
    const read = (Array.isArray(candidates) ? candidates : [])
      .filter(isJsonObject)
      .map(readCandidate)
    const parts = read.flatMap((candidate) => candidate.parts)
    const finishes = read.some((candidate) => candidate.finishes)
    const blocked = isJsonObject(promptFeedback) && Boolean(promptFeedback.blockReason)
    const isOneText = parts.length === 1 && typeof parts[0]?.text === 'string' && !finishes
    const finished = blocked || (finishes && open.size === 0)
    searches = decodeSearches(answer) ?? searches
    const usage = decodeUsage(answer, searches)
    const saysMore = isFirst || finishes
    isFirst = false
    return {
      announces: !finishes && !blocked && parts.every(isEmpty),
      finished,
      ...(finishes ? { ending: decodeEnding(answer) } : {}),
      ...(saysMore ? { facts: decodeFacts(answer) } : {}),
      characters: parts.reduce((sum, part) => sum + lengthOf(part), 0),
      ...(usage ? { usage: finished ? usage : toRunningUsage(usage) } : {}),
      ...(isOneText && !blocked ? { slot: 'text' } : {}),
    }
  }

  return createEventTap({
    varying: VARYING_KEYS,
    usageOf: (answer) => toRunningUsage(decodeUsage(answer, searches)),
    read(data, name) {
      const answer = parseObject(fromByteString(data))
      if (!answer) return findFaultInText(data, name) ?? ANNOUNCEMENT
      return { ...readAnswer(answer), ...findFault(answer, name) }
    },
  })
}

interface Counted {
  readonly parts: readonly WirePart[]
  readonly finishes: boolean
}

const isEmpty = ({ text, thoughtSignature }: WirePart): boolean =>
  text === '' && thoughtSignature === undefined

const lengthOf = ({ text, functionCall }: WirePart): number => {
  if (typeof text === 'string') return text.length
  return isJsonObject(functionCall) ? JSON.stringify(functionCall.args ?? {}).length : 0
}
