/** The path of one call. */
import type { Caller, CallHeaders } from '#access'
import type { Target } from '#router'
import type { ProviderState } from '#telemetry'
import { withRecord } from './answer/answering.ts'
import { openInTime } from './answer/keepalive.ts'
import type { Answer, GatewayCall } from './call.ts'
import type { GatewayOptions } from './options.ts'
import { createOtherCalls, type OtherCalls } from './other-calls.ts'
import type { CallRecord } from './record/call-record.ts'
import { createDecoder } from './request/decode-request.ts'
import { type Envelope, readEnvelope } from './request/envelope.ts'
import { type AnswerNotes, NO_NOTES } from './state.ts'
import { createSteps, type Steps } from './steps.ts'
import { type Checks, createChecks } from './targets/checks.ts'
import { tryTarget } from './targets/try-target.ts'

export interface Gateway extends OtherCalls {
  /** @throws GatewayError */
  authenticate(headers: CallHeaders): Caller | Promise<Caller>
  /** Does not reject: a failure is an answer, too. */
  generate(call: GatewayCall): Promise<Answer>
  /** Some target can be used, as far as is known. */
  isReady(): boolean
  /** What calls have shown of each provider. */
  providerStates(): readonly ProviderState[]
  /** The health checks of providers. They begin when they are started. */
  readonly checks: Pick<Checks, 'start' | 'stop'>
}

export const createGateway = (options: GatewayOptions): Gateway => {
  const { providers, access, maxDepth, openAfterMs } = options
  const { health } = options.continuity
  const checks = createChecks({ ...options, ...options.continuity })
  const steps = createSteps(options)
  const { answer, fail, failStream, read, findTargets, admit, cached, hedge, tryInTurn, means } =
    steps

  const generate = (asked: GatewayCall): Promise<Answer> =>
    answer(asked, async (record) => {
      const restored = read(asked, record)
      const { call, envelope } = restored
      const { targets, begin } = restored.defer(await findTargets(restored))
      const waits = admit(call, envelope, targets, record)
      if (waits) await waits
      if (begin) return begin((deferred) => generateDeferred(deferred, targets, record))
      const ask = (made: typeof call) =>
        tryTargets(made, envelope, targets, record, restored.note(), hedge(made, envelope, targets))
      const answered = cached ? cached({ asked, call, envelope, targets, record }, ask) : ask(call)
      if (!envelope.stream || call.asked) return answered
      return openInTime(call, answered, openAfterMs, {
        onOpened: () => record.openedEarly(),
        encodeFailure: (thrown) => failStream(call, record, thrown),
      })
    })

  const tryTargets = (
    call: GatewayCall,
    envelope: Envelope,
    targets: readonly Target[],
    record: CallRecord,
    notes: AnswerNotes,
    hedging?: ReturnType<Steps['hedge']>,
  ): Promise<Answer> => {
    const { catalogue, redact, large } = means
    const { remember, noteHome } = notes
    const decode = createDecoder(call)
    return tryInTurn(
      call,
      record,
      targets,
      // Written out: every call makes one, and spreading several objects into one costs more.
      (target, headers, racer) =>
        tryTarget({
          call: racer?.call ?? call,
          envelope,
          target,
          record: racer?.record ?? record,
          catalogue,
          redact,
          large,
          headers,
          decode,
          remember,
          noteHome,
        }),
      hedging,
    )
  }

  /** No client waits for this answer, or sees its failure, so it is logged here. */
  const generateDeferred = async (
    call: GatewayCall,
    targets: readonly Target[],
    record: CallRecord,
  ): Promise<Answer> => {
    record.keepsOwnId()
    try {
      record.tellCost(call.onCost)
      const envelope = readEnvelope(call, maxDepth)
      const answered = await tryTargets(call, envelope, targets, record, NO_NOTES)
      return withRecord(answered, record)
    } catch (thrown) {
      throw fail(call, record, thrown)
    }
  }

  return {
    ...createOtherCalls(options, steps, checks, generate),
    authenticate: access.authenticate,
    generate,
    isReady: () => providers.some((provider) => health.isUsable(provider)),
    providerStates: () =>
      providers.map((provider) => {
        const check = checks.stateOf(provider)
        return {
          name: provider.name,
          status: health.statusOf(provider),
          ...(check && { check }),
        }
      }),
    checks,
  }
}
