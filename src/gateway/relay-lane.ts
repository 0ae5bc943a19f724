/** Client and upstream speak the same protocol: bytes pass untouched, and a tap beside them reads the usage. */
import { GatewayError, isJsonObject, type JsonObject } from '#model'
import type { Protocol, StreamTap } from '#protocols'
import { type ByteString, fromByteString } from '#streams'
import type { Redact } from '#telemetry'
import type { GatewayCall } from './call.ts'
import { applyEdits, type Edit, type Envelope } from './envelope.ts'
import { createErrorGuard } from './error-guard.ts'
import { createEventFilter } from './event-filter.ts'
import type { Lane, LaneStream } from './lane.ts'
import { redactBytes, redactError } from './redaction.ts'
import { toClientHeaders, toUpstreamHeaders } from './relay-headers.ts'
import { askForUsage, isUsageOnly, NO_CHOICES } from './usage-injection.ts'

/** What a relayed answer gives to its caller, noted as it comes. */
export interface Notes {
  /** @returns whether the answer's cost is this call's to report: it was not reported before. */
  onAnswer(answer: JsonObject, isComplete: boolean): boolean
  onGiven(ids: readonly string[]): void
}

interface RelayTarget extends Partial<Notes> {
  readonly model: string
  readonly injectUsage: boolean
  /** Takes our keys out of an error in the stream. Absent: the answer is never streamed. */
  readonly redact?: Redact
}

export const createRelayLane = (
  call: GatewayCall,
  envelope: Envelope,
  target: RelayTarget,
): Lane => {
  const { protocol } = call
  const askedForUsage =
    target.injectUsage && envelope.stream ? askForUsage(protocol, call.body, envelope) : undefined
  const foreign = protocol.findForeign?.(call.body) ?? []
  const edits = [
    call.named ? undefined : toModelEdit(envelope, target.model),
    askedForUsage,
    ...foreign.map((span) => ({ json: '', ...span })),
  ].filter((edit) => edit !== undefined)

  return {
    kind: 'relay',
    protocol,
    path: call.toPath(target.model) + withoutKey(call.query),
    headers: toUpstreamHeaders(call.rawHeaders, protocol.requiredHeaders),
    body: applyEdits(call.body, edits),
    dropped: [],
    openStream() {
      if (!target.redact) throw new GatewayError('internal', 'This answer is not streamed.')
      const stripUsage = askedForUsage !== undefined
      return openRelay(call, { ...target, stripUsage, redact: target.redact })
    },
    convert({ bytes }) {
      const answer = parseAnswer(bytes)
      const fault = answer && protocol.decodeFault?.(answer)
      if (fault) throw fault
      const isToCome = answer !== undefined && isPending(answer)
      if (answer) target.onGiven?.(protocol.givenIds?.(answer) ?? [])
      const isNews = !answer || (target.onAnswer?.(answer, !isToCome) ?? true)
      if (isToCome || !isNews) return { body: bytes, usage: NOTHING, outputCharacters: 0 }
      const usage = answer && readUsage(protocol, answer)
      const ending = answer && protocol.decodeEnding(answer)
      return { body: bytes, usage: usage ?? {}, outputCharacters: bytes.length, ending }
    },
    toClientHeaders,
  }
}

/** What it costs is not known yet: it will be reported to whoever asks for it later. */
const isPending = ({ status }: JsonObject): boolean =>
  status === 'queued' || status === 'in_progress'

/** Of an answer that is still to come, or whose cost was reported before. */
const NOTHING = { inputTokens: 0, outputTokens: 0 }

const openRelay = (
  call: GatewayCall,
  {
    stripUsage,
    redact,
    onAnswer,
    onGiven,
  }: Partial<Notes> & { readonly stripUsage: boolean; readonly redact: Redact },
): LaneStream => {
  const { protocol } = call
  const tap = protocol.createTap()
  const hidesErrors = protocol.errorsInStream === false
  const filter = createLaneFilter(protocol, () => tap.error !== undefined, {
    stripUsage,
    hidesErrors,
  })
  const guard = createErrorGuard()
  let taken: ByteString = ''
  let isCut = false
  let told: 'nothing' | 'which it is' | 'all' = onAnswer ? 'nothing' : 'all'

  let isNews = true

  /** Goes on upstream when this stream is cut: its cost is told to whoever comes back for the whole of it. */
  const goesOn = (): boolean => told === 'which it is' && !tap.finished

  /** As soon as the stream tells which answer it is, and again at the end of one that might have gone on without. */
  const tellAnswer = (): void => {
    const answer = tap.context?.response
    if (!isJsonObject(answer) || goesOn()) return
    told = tap.finished || answer.background !== true ? 'all' : 'which it is'
    isNews = onAnswer?.(answer, told === 'all') ?? true
  }

  const noteGiven = (): void => {
    const ids = tap.takeGivenIds?.() ?? []
    if (ids.length > 0) onGiven?.(ids)
  }

  const encodeError = (error: GatewayError): ByteString =>
    protocol.encodeStreamError(redactError(error, redact), call.requestId, tap.context)

  /** Half an event, which may be half an error. */
  const guarded = (): ByteString => redactBytes(guard.take(), redact)
  const takeRest = (): ByteString => (filter ? redactBytes(filter.end(), redact) : guarded())

  /** Clients would take it for a part of the answer, and read no error that comes behind the end of the stream. */
  const replaceError = (
    bytes: ByteString,
    { start, end }: NonNullable<StreamTap['foreignError']>,
    error: GatewayError,
  ): void => {
    if (isCut) return
    isCut = true
    const before = bytes.slice(0, start ?? 0)
    if (filter) taken += filter.push(before)
    else if (start !== undefined) taken += guard.push(before, false)
    // What is held back of the event is dropped. What has been sent of it is completed.
    else if (guard.take() === '') taken += redactBytes(bytes.slice(0, end), redact)
    taken += encodeError(error)
  }

  return {
    push(bytes) {
      tap.push(bytes)
      if (told !== 'all') tellAnswer()
      noteGiven()
      if (tap.foreignError && tap.error && !hidesErrors)
        return replaceError(bytes, tap.foreignError, tap.error)
      const ready = filter ? filter.push(bytes) : guard.push(bytes, tap.midEvent)
      taken += tap.error ? redactBytes(ready, redact) : ready
      if (!hidesErrors || !tap.error || isCut) return
      isCut = true
      taken += encodeError(tap.error)
    },
    end() {
      tap.end()
      // Half an error would be shown as a whole one by the blank line behind it.
      if (!hidesErrors || tap.finished) taken += takeRest()
    },
    take() {
      const bytes = taken
      taken = ''
      return bytes
    },
    get started() {
      return tap.started
    },
    get finished() {
      return tap.finished
    },
    get error() {
      return tap.error
    },
    get heldBytes() {
      return (filter?.heldBytes ?? 0) + tap.heldBytes
    },
    // Half an event is ended first, so that the error is not taken for the rest of it.
    encodeError: (error) =>
      hidesErrors
        ? encodeError(error)
        : guarded() + (tap.midEvent ? '\n\n' : '') + encodeError(error),
    get usage() {
      return goesOn() || !isNews ? NOTHING : tap.usage
    },
    get ending() {
      return tap.ending
    },
    get outputCharacters() {
      return goesOn() || !isNews ? 0 : tap.outputCharacters
    },
  }
}

/** @param hasFailed whether an error is among the events that have come. */
const createLaneFilter = (
  protocol: Protocol,
  hasFailed: () => boolean,
  { stripUsage, hidesErrors }: { readonly stripUsage: boolean; readonly hidesErrors: boolean },
) => {
  if (!stripUsage && !hidesErrors) return undefined
  let failed = false
  return createEventFilter(
    (events) =>
      failed || (hidesErrors && hasFailed()) || (stripUsage && events.includes(NO_CHOICES)),
    (event) => {
      // Nothing that comes behind an error belongs to the answer any more.
      failed ||= hidesErrors && hasFailed() && tellsError(protocol, event)
      return failed || (stripUsage && isUsageOnly(event))
    },
  )
}

const tellsError = (protocol: Protocol, event: ByteString): boolean => {
  const tap = protocol.createTap()
  tap.push(event)
  return tap.error !== undefined
}

const toModelEdit = ({ model: asked, members }: Envelope, model: string): Edit | undefined => {
  if (model === asked) return undefined
  const member = members.find(({ key }) => key === 'model')
  return member && { start: member.start, end: member.end, json: JSON.stringify(model) }
}

const withoutKey = (query: string): string => {
  const pairs = query.slice(1).split('&')
  const kept = pairs.filter((pair) => !namesKey(pair))
  if (kept.length === pairs.length) return query
  return kept.length > 0 ? `?${kept.join('&')}` : ''
}

/** However it is spelt: `k%65y` is the same to an upstream. */
const namesKey = (pair: string): boolean =>
  /^(?:k|%)/i.test(pair) && new URLSearchParams(pair).has('key')

const parseAnswer = (answer: ByteString): JsonObject | undefined => {
  try {
    const body: unknown = JSON.parse(fromByteString(answer))
    return isJsonObject(body) ? body : undefined
  } catch {
    // Not ours to judge: the client gets what the upstream said.
    return undefined
  }
}

const readUsage = (protocol: Protocol, answer: JsonObject) => {
  try {
    return protocol.decodeUsage(answer)
  } catch {
    return undefined
  }
}
