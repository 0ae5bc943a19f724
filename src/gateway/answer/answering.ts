/** What all calls have in common: a record from the first moment, and an honest end. */
import type { MemoryAccount } from '#access'
import { type GatewayError, type Settler, toGatewayError } from '#model'
import type { Log, Redact } from '#telemetry'
import type { Answer, GatewayCall } from '../call.ts'
import { type CallRecord, createCallRecord } from '../record/call-record.ts'
import { redactAnswer, redactError } from '../redaction/redaction.ts'
import type { HopGuard } from '../request/hop-guard.ts'
import { encodeFailure } from './failure.ts'

interface AnsweringOptions {
  readonly settlers: readonly Settler[]
  readonly memory: MemoryAccount
  readonly log: Log
  readonly redact: Redact
  readonly hops: HopGuard
}

export interface Answering {
  /** Does not reject: a failure is an answer, too. */
  answer<Given extends Answer>(
    call: GatewayCall,
    respond: (record: CallRecord) => Promise<Given>,
  ): Promise<Given | Answer>
  /** Settles the call. @returns what its client is told of the failure. */
  fail(call: GatewayCall, record: CallRecord, thrown: unknown): GatewayError
}

export const createAnswering = (options: AnsweringOptions): Answering => {
  const { settlers, memory, log, redact, hops } = options

  const fail: Answering['fail'] = (call, record, thrown) => {
    // After an abort, calls fail with arbitrary errors: report why the call was aborted instead.
    const reason = call.signal.reason ?? toGatewayError(thrown)
    const error = redactError(reason, redact)
    if (error.code === 'internal')
      log.error({ requestId: call.requestId, error: error.cause }, error.message)
    record.settle(error.code, undefined, error)
    return error
  }

  return {
    async answer(call, respond) {
      const record = createCallRecord(settlers, memory, call)
      try {
        hops.check(call.rawHeaders)
        return withRecord(redactAnswer(await respond(record), redact), record)
      } catch (thrown) {
        const error = fail(call, record, thrown)
        return withRecord(encodeFailure(call, error, record.relayed), record)
      }
    },
    fail,
  }
}

/** The answer, with what is told of how it came to be. */
export const withRecord = <Given extends Answer>(answer: Given, record: CallRecord): Given => ({
  ...answer,
  headers: [...answer.headers, ...record.headers()],
})
