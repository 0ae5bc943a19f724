/** Writes the log line of every call. The line is made when the log is written, not when the call ends. */
import { type Settlement, type Settler, toDecimal } from '#model'
import type { LineLog } from './log.ts'
import type { Redact } from './redactor.ts'

export const createCallLines = (log: LineLog, redact: Redact): Settler => {
  const texts = { toText: createTexts(redact), toId: createIds(redact) }
  return (settlement) => log.later(() => toLine(settlement, texts))
}

interface Texts {
  readonly toText: (text: string) => string
  readonly toId: (id: string) => string
}

/** In the format of pino. Values of our own need no escapes and contain no secrets; those of others pass `toText`. */
const toLine = (settlement: Settlement, { toText, toId }: Texts): string => {
  const {
    requestId,
    answerId,
    callerId,
    route,
    endedAtMs,
    model,
    target,
    usage,
    cost,
    firstByteMs,
  } = settlement
  const { durationMs, attempts, outcome, ending, status, cache, saved } = settlement
  return (
    `{"level":30,"time":${endedAtMs},"requestId":"${requestId}"` +
    (answerId === undefined ? '' : `,"answerId":${toId(answerId)}`) +
    `,"caller":"${callerId}","route":"${route}"` +
    (model === undefined ? '' : `,"model":${toText(model)}`) +
    (target === undefined ? '' : `,"target":${toText(`${target.provider}/${target.model}`)}`) +
    `,"tokensIn":${toNumber(usage.inputTokens)},"tokensOut":${toNumber(usage.outputTokens)}` +
    `,"tokensCached":${toNumber(usage.cacheReadTokens)},"estimated":${usage.estimated ?? false}` +
    `,"cost":${cost === null ? null : toDecimal(cost)}` +
    (firstByteMs === undefined ? '' : `,"firstByteMs":${toTenths(firstByteMs)}`) +
    `,"durationMs":${toTenths(durationMs)},"attempts":${attempts},"outcome":"${outcome}"` +
    (ending === undefined ? '' : `,"ending":${toText(ending)}`) +
    (status === undefined ? '' : `,"status":${status}`) +
    (cache === undefined ? '' : `,"cache":"${cache}"`) +
    (saved === undefined ? '' : `,"saved":${saved === null ? null : toDecimal(saved)}`) +
    ',"msg":"call"}\n'
  )
}

/** The counts of upstreams are unbounded, and JSON cannot express infinity. */
const toNumber = (count: number): number | null => (Number.isFinite(count) ? count : null)

const toTenths = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

const MAX_KNOWN_NAMES = 256
/** A longer name is rare, and not worth remembering. */
const MAX_LENGTH = 256

/** Upstreams give each answer another id, so none is remembered. */
const createIds =
  (redact: Redact): ((id: string) => string) =>
  (id) =>
    redact(JSON.stringify(id.slice(0, MAX_LENGTH)))

/** Writes text as JSON, without secrets. Results are cached, since the same few names occur again and again. */
const createTexts = (redact: Redact): ((text: string) => string) => {
  const known = new Map<string, string>()
  let { version } = redact
  return (text) => {
    if (version !== redact.version) known.clear()
    ;({ version } = redact)
    const found = known.get(text)
    if (found !== undefined) return found
    const written = redact(JSON.stringify(text))
    if (text.length > MAX_LENGTH) return written
    if (known.size >= MAX_KNOWN_NAMES) known.clear()
    known.set(text, written)
    return written
  }
}
