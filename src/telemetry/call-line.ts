/** Writes the log line of every call, in the turn of whoever writes the log. */
import type { Settlement, Settler } from '#model'
import type { LineLog } from './log.ts'
import { createLogRedactor, type Redact } from './redactor.ts'

export const createCallLines = (log: LineLog, secrets: readonly string[]): Settler => {
  const toText = createTexts(createLogRedactor(secrets))
  return (settlement) => log.later(() => toLine(settlement, toText))
}

/** As pino would write it. What neither a client nor an upstream has said needs no escape, and holds no secret. */
const toLine = (settlement: Settlement, toText: (text: string) => string): string => {
  const { requestId, callerId, route, endedAtMs, model, target, usage, firstByteMs } = settlement
  const { durationMs, attempts, outcome, ending, status } = settlement
  return (
    `{"level":30,"time":${endedAtMs},"requestId":"${requestId}","caller":"${callerId}","route":"${route}"` +
    (model === undefined ? '' : `,"model":${toText(model)}`) +
    (target === undefined ? '' : `,"target":${toText(`${target.provider}/${target.model}`)}`) +
    `,"tokensIn":${toNumber(usage.inputTokens)},"tokensOut":${toNumber(usage.outputTokens)}` +
    `,"tokensCached":${toNumber(usage.cacheReadTokens)},"estimated":${usage.estimated ?? false}` +
    (firstByteMs === undefined ? '' : `,"firstByteMs":${toTenths(firstByteMs)}`) +
    `,"durationMs":${toTenths(durationMs)},"attempts":${attempts},"outcome":"${outcome}"` +
    (ending === undefined ? '' : `,"ending":${toText(ending)}`) +
    (status === undefined ? '' : `,"status":${status}`) +
    ',"msg":"call"}\n'
  )
}

/** Sums of what upstreams count have no bound, and JSON has no word for infinity. */
const toNumber = (count: number): number | null => (Number.isFinite(count) ? count : null)

const toTenths = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

const MAX_KNOWN_NAMES = 256
/** A longer name is rare, and not worth its memory. */
const MAX_LENGTH = 256

/** Texts as JSON, without secrets. They are names, and the same few come again and again. */
const createTexts = (redact: Redact): ((text: string) => string) => {
  const known = new Map<string, string>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const written = redact(JSON.stringify(text))
    if (text.length > MAX_LENGTH) return written
    if (known.size >= MAX_KNOWN_NAMES) known.clear()
    known.set(text, written)
    return written
  }
}
