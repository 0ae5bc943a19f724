/** Compares what a call came to with what the documentation promises. Each difference is a sentence. */
import { type Column, promisedOf, typeOfStatus } from './errors-page.ts'
import type { Seen, ToldError } from './dialects.ts'
import type { Fault } from './faults.ts'
import type { LateFault } from './late-faults.ts'
import type { ListOutcome, Outcome } from './run.ts'
import { toName, type Way } from './ways.ts'

/** Beyond a deadline. A busy machine may be slow, and only a hang takes longer. */
const SLACK_MS = 15_000

/** A clock may be a little behind the one of the timers. */
const EARLY_MS = 5

const MAX_TOLD_WAIT_S = 5

/** The attempts of a call without another target. */
export const attemptsOf = ({ code, retryAfter }: Fault, { kind }: Way): number => {
  const isRepeated = promisedOf(code).tries.includes('same target')
  const isTooLong = Number(retryAfter ?? 0) > MAX_TOLD_WAIT_S
  // A token count is asked for once.
  return kind === 'count' || !isRepeated || isTooLong ? 1 : 3
}

/** The least time that a call takes. */
const leastMs = (fault: Fault, way: Way, attempts: number): number => {
  const { until, deadlines, retryAfter } = fault
  const deadline = until?.(way)
  const waitedMs = deadline === undefined ? 0 : (deadlines?.[deadline] ?? 0)
  const toldMs = attempts > 1 ? Number(retryAfter ?? 0) * 1000 : 0
  return waitedMs * attempts + toldMs * (attempts - 1)
}

/** What the client should read. */
const toPromisedError = (
  fault: Fault,
  { dialect, lane, kind }: Way,
): Omit<ToldError, 'message'> => {
  if (kind === 'background') return { code: promisedOf(fault.code).inResponse }
  const { column } = dialect
  const promised = promisedOf(fault.code)[column]
  const status = shownStatus(fault, column, promised.status)
  const type = status === promised.status ? promised.type : typeOfStatus(column, status)
  // An upstream that speaks the client's dialect is quoted: see `isQuoted`.
  if (lane === 'relay' && fault.isOwnWords) return { status: fault.status ?? status }
  return { status, type, ...(column === 'openai' && { code: promised.code ?? null }) }
}

/** The upstream's own status is kept, but 529 is only known to Anthropic's clients. */
const shownStatus = ({ status }: Fault, column: Column, promised: number): number => {
  if (status === undefined) return promised
  return status === 529 && column !== 'anthropic' ? 503 : status
}

const differences = (what: Readonly<Record<string, readonly [got: unknown, wanted: unknown]>>) =>
  Object.entries(what).flatMap(([name, [got, wanted]]) =>
    JSON.stringify(got) === JSON.stringify(wanted)
      ? []
      : [`${name} is ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`],
  )

const about = ({ way, hasSecond }: Outcome, faults: readonly string[]): string[] =>
  faults.map((each) => `${toName(way)}${hasSecond ? ', with a second target' : ''}: ${each}`)

const { stringify } = JSON

/** A call that only had the target with the fault. */
export const judgeAlone = (fault: Fault, outcome: Outcome): string[] => {
  const { way, seen, row, logged, asked, tookMs } = outcome
  const attempts = attemptsOf(fault, way)
  const told = typeof seen.end === 'string' ? undefined : seen.end
  if (!told) return about(outcome, [`it ended as ${stringify(seen.end)}`])
  const promised = toPromisedError(fault, way)
  const { message, ...words } = told
  const shown = Object.fromEntries(
    Object.keys(promised).map((name) => [name, words[name as keyof typeof words]]),
  )
  const least = leastMs(fault, way, attempts)
  const isFree = way.kind === 'count' || !fault.hasBegun
  return about(outcome, [
    ...seen.violations,
    ...differences({
      error: [shown, promised],
      status: [seen.status, promised.status ?? 200],
      ...(fault.says !== undefined &&
        !isHandshake(way, fault) && { message: [message, fault.says] }),
      ...(way.kind !== 'background' && { 'retry-after': [seen.retryAfter, fault.retryAfter] }),
      ...(seen.attempts !== undefined && { 'x-sluice-attempts': [seen.attempts, attempts] }),
      'attempts in the ledger': [row?.attempts, attempts],
      ...(asked !== undefined && { 'requests upstream': [asked, attempts] }),
      'outcome in the ledger': [row?.outcome, fault.code],
      'outcome in the log': [logged?.outcome, fault.code],
      'free of charge': [row?.cost_pico === 0, isFree],
      estimated: [row?.estimated, isFree ? 0 : 1],
    }),
    ...(message === '' ? ['the error has no message'] : []),
    ...(isQuoted(fault, way) && seen.body.error === undefined ? ['it is not quoted'] : []),
    ...judgeTime(tookMs, least),
  ])
}

/** The `ws` package opens the upstream's socket, and has reasons of its own. */
const isHandshake = ({ kind }: Way, { code, status }: Fault): boolean =>
  kind === 'realtime' && status === undefined && code !== 'upstream_unreachable'

const isQuoted = ({ isOwnWords }: Fault, { lane }: Way): boolean =>
  lane === 'relay' && isOwnWords === true

const judgeTime = (tookMs: number, leastMilliseconds: number): string[] => {
  const took = Math.round(tookMs)
  if (took < leastMilliseconds - EARLY_MS) return [`it took ${took} ms, not ${leastMilliseconds}`]
  return took > leastMilliseconds + SLACK_MS ? [`it took ${took} ms`] : []
}

/** A call that had a healthy second target, which answers it at once. */
export const judgeSecond = (fault: Fault, outcome: Outcome): string[] => {
  const { way, seen, row, logged, asked, tookMs } = outcome
  return about(outcome, [
    ...seen.violations,
    ...differences({
      end: [seen.end, 'complete'],
      status: [seen.status, way.kind === 'realtime' ? 101 : 200],
      'attempts in the ledger': [row?.attempts, 2],
      ...(asked !== undefined && { 'requests upstream': [asked, 1] }),
      provider: [
        row?.provider,
        way.kind === 'realtime' ? 'live-openai' : `good-${way.second?.vendor}`,
      ],
      'outcome in the ledger': [row?.outcome, 'ok'],
      'outcome in the log': [logged?.outcome, 'ok'],
      // Otherwise it depends on the answer of the second target.
      ...(fault.hasBegun && { estimated: [row?.estimated, 1] }),
    }),
    ...judgeTime(tookMs, leastMs(fault, way, 1)),
  ])
}

/** What the last event of a stream should say. */
const toPromisedEnd = (code: string, { dialect, kind }: Way): Seen['end'] | object => {
  if (dialect.name === 'Completions') return 'cut'
  const promised = promisedOf(code)
  if (dialect.name === 'Responses') return { code: promised.inResponse }
  if (kind === 'socket') {
    const { status, type, code: word = null } = promised.openai
    return { status, type, code: word }
  }
  const { status, type, code: word = null } = promised[dialect.column]
  if (dialect.column === 'gemini') return { status, type }
  return dialect.column === 'openai' ? { type, code: word } : { type }
}

/** A streamed call whose answer had begun. */
export const judgeLate = (fault: LateFault, outcome: Outcome): string[] => {
  const { way, seen, row, logged, asked, tookMs } = outcome
  const code = fault.code?.(way)
  const wanted = code === undefined ? 'complete' : toPromisedEnd(code, way)
  const { message, end } = toEnd(seen.end)
  const least = fault.until === undefined ? 0 : (fault.deadlines?.[fault.until] ?? 0)
  const isOk = code === undefined
  return about(outcome, [
    ...seen.violations,
    ...differences({
      end: [end, wanted],
      ...(message !== undefined && { message: [message, fault.says?.(way)] }),
      'part of the text': [seen.inStream, true],
      'attempts in the ledger': [row?.attempts, 1],
      'requests upstream': [asked, 1],
      'outcome in the ledger': [row?.outcome, isOk ? 'ok' : code],
      'outcome in the log': [logged?.outcome, isOk ? 'ok' : code],
      'free of charge': [row?.cost_pico === 0, false],
      // Whether a complete stream reports its usage is for its client to say.
      ...(!isOk && { estimated: [row?.estimated, 1] }),
    }),
    ...judgeTime(tookMs, least),
  ])
}

const toEnd = (end: Seen['end']): { readonly message?: string; readonly end: unknown } => {
  if (typeof end === 'string') return { end }
  const { message, ...words } = end
  return { message, end: words }
}

/** A short text cannot have more, however it is estimated. */
const MOST_TOKENS = 100

/** An answer whose usage cannot be true. */
export const judgeLie = (outcome: Outcome): string[] => {
  const { seen, row, logged } = outcome
  const counts = [row?.input_tokens, row?.output_tokens].map(Number)
  return about(outcome, [
    // What is relayed has the numbers of the upstream.
    ...(outcome.way.lane === 'translate' ? seen.violations : []),
    ...differences({
      end: [seen.end, 'complete'],
      'outcome in the ledger': [row?.outcome, 'ok'],
      'outcome in the log': [logged?.outcome, 'ok'],
      estimated: [row?.estimated, 1],
    }),
    ...(counts.every((count) => count > 0 && count < MOST_TOKENS)
      ? []
      : [`it counts ${counts.join(', ')} tokens`]),
  ])
}

/** How long a list of models waits for a provider. */
const LIST_WAIT_MS = 2_000

const WELL = ['good-anthropic', 'good-gemini', 'good-openai']

/** A list of models. Only the providers that fail are missing in it. */
export const judgeList = ({ dialect, status, tookMs, providers }: ListOutcome): string[] =>
  [
    ...differences({ status: [status, 200], providers: [providers, WELL] }),
    ...(tookMs > LIST_WAIT_MS + SLACK_MS ? [`it took ${Math.round(tookMs)} ms`] : []),
  ].map((each) => `the list of models for ${dialect}: ${each}`)
