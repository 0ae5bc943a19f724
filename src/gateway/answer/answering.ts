/** Gives every call a record from its start, and an answer for every failure. */
import { isLimitHeader } from '#access'
import { type GatewayError, toGatewayError, type Tracer } from '#model'
import { type ByteString, filterHeaders } from '#streams'
import type { Log, Redact } from '#telemetry'
import type { Answer, GatewayCall } from '../call.ts'
import { createHeaderNames } from '../lanes/header-names.ts'
import type { CallRecord } from '../record/call-record.ts'
import { createCallRecord, type RecordMeans } from '../record/create-call-record.ts'
import { withFinalCost } from '../lanes/wrapped/running-cost.ts'
import { redactAnswer, redactError } from '../redaction/redaction.ts'
import type { HopGuard } from '../request/hop-guard.ts'
import { readTags } from '../request/tags.ts'
import { encodeFailure } from './failure.ts'

interface AnsweringOptions extends RecordMeans {
  readonly tracer?: Tracer | undefined
  readonly log: Log
  readonly redact: Redact
  readonly hops: HopGuard
  readonly onBegin?: () => void
}

export interface Answering {
  /** Does not reject: a failure becomes an answer. */
  answer<Given extends Answer>(
    call: GatewayCall,
    respond: (record: CallRecord) => Promise<Given>,
  ): Promise<Given | Answer>
  /** Settles the call. @returns the error for its client. */
  fail(call: GatewayCall, record: CallRecord, thrown: unknown): GatewayError
  /** The same for a stream that was opened before it failed. @returns its last event. */
  failStream(call: GatewayCall, record: CallRecord, thrown: unknown): ByteString
}

export const createAnswering = (options: AnsweringOptions): Answering => {
  const { tracer, log, redact, hops } = options

  const fail: Answering['fail'] = (call, record, thrown) => {
    // After an abort, calls fail with arbitrary errors: report why the call was aborted instead.
    const reason = call.signal.reason ?? toGatewayError(thrown)
    const error = redactError(reason, redact)
    if (error.code === 'internal')
      log.error({ requestId: call.requestId, error: error.cause }, error.message)
    if (error.upstream?.status === error.status) record.refused(error.upstream.rawHeaders)
    record.settle(error.code, undefined, error)
    return error
  }

  return {
    async answer(call, respond) {
      options.onBegin?.()
      const trace = tracer?.begin(call)
      const record = createCallRecord(options, call, trace)
      record.tellSettlement(call.onSettlement)
      try {
        hops.check(call.rawHeaders)
        record.tagged(readTags(call.rawHeaders))
        record.tellCost(call.onCost)
        return withRecord(redactAnswer(await respond(record), redact), record)
      } catch (thrown) {
        const error = fail(call, record, thrown)
        return withRecord(encodeFailure(call, error, record.relayed), record)
      }
    },
    fail,
    failStream(call, record, thrown) {
      const event = call.protocol.encodeStreamError(fail(call, record, thrown), call.requestId)
      return withFinalCost(event, record.cost, call)
    },
  }
}

/**
 * Adds the headers of the record to an answer. Where limits are ours, those of an upstream are not the client's. The
 * cost of a stream is not known when its headers are sent.
 */
export const withRecord = <Given extends Answer>(answer: Given, record: CallRecord): Given => {
  const headers = record.limited
    ? filterHeaders(answer.headers, (name) => returned(name).passes)
    : [...answer.headers]
  headers.push(...record.headers())
  if (answer.spent) headers.push(...record.costHeaders())
  return { ...answer, headers }
}

const returned = createHeaderNames((name) => !isLimitHeader(name))
