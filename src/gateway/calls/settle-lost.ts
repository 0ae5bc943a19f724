/** Settles a call whose process was killed, by what was kept of it. */
import { type Admission, type AdmittedTarget, ANONYMOUS, type Caller } from '#access'
import {
  GatewayError,
  type Pricer,
  type Settled,
  type SettledTarget,
  type Settler,
  type Usage,
} from '#model'
import { openaiChat } from '#protocols'
import { toUsage } from '../record/spent.ts'
import type { ResolveFor } from '../targets/permitted-targets.ts'

/** The first fields are those of its `ModelCall`. */
export interface LostCall {
  readonly id: string
  readonly requestId: string
  readonly route: string
  readonly network?: string | undefined
  readonly callerId: string
  /** The name of the caller's key, and its owner. */
  readonly callerName?: string | undefined
  readonly owner?: string | undefined
  /** As it is known now. Undefined if it may no longer call. */
  readonly caller: Caller | undefined
  /** That was asked for. */
  readonly model: string
  /** Undefined: nobody knows which one was asked. */
  readonly target: SettledTarget | undefined
  /** About how many bytes the body of its request would have. */
  readonly requestBytes: number
  /** Of the answer so far, with its thoughts. */
  readonly outputCharacters: number
  /** What readers were told last. It is not less in the end. */
  readonly told: { readonly outputTokens: number; readonly cost: number | null }
  /** In Unix time. The end is the last moment at which it is known to have gone on. */
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** Does not reject. It is an estimate, as it is for a stream that its client has left. */
export type SettleLost = (lost: LostCall) => Promise<Settled>

interface Around {
  readonly admission?: Admission | undefined
  readonly onBegin?: () => void
  readonly price: Pricer
  readonly settlers: readonly Settler[]
}

export const createSettleLost =
  ({ admission, onBegin, price, settlers }: Around, resolveFor: ResolveFor): SettleLost =>
  async (lost) => {
    const target = lost.target ?? (await findFirst(resolveFor, lost))
    const usage = toLostUsage(lost)
    const cost = (target && price(target, usage, lost.endedAtMs)) ?? null
    const settlement = toSettlement(lost, {
      target,
      usage,
      cost: cost === null ? null : Math.max(cost, lost.told.cost ?? 0),
    })
    onBegin?.()
    for (const settler of settlers) settler(settlement)
    const { caller, network, requestId } = lost
    // What it was sent was counted when it was admitted.
    if (caller && target)
      admission
        ?.follow({ requestId, caller, network }, toAdmitted(target), true)
        ?.settle({ usage: { ...usage, inputTokens: 0 } })
    return settlement
  }

const toAdmitted = ({ provider, model }: SettledTarget): AdmittedTarget => ({
  provider: { name: provider },
  model,
})

/** The one that is asked first. An upstream that has read the request bills it, although nobody saw its answer. */
const findFirst = async (
  resolveFor: ResolveFor,
  { caller = ANONYMOUS, model }: LostCall,
): Promise<SettledTarget | undefined> => {
  try {
    const [first] = await resolveFor({ caller, protocol: openaiChat }, model)
    return first && { provider: first.provider.name, model: first.model }
  } catch {
    return undefined
  }
}

const toLostUsage = ({ outputCharacters, requestBytes, told }: LostCall): Usage => {
  const usage = toUsage({ usage: {}, outputCharacters }, requestBytes)
  return { ...usage, outputTokens: Math.max(usage.outputTokens, told.outputTokens) }
}

const toSettlement = (lost: LostCall, settled: Settled) => {
  const { id, requestId, callerId, callerName, owner, route, model, target } = lost
  const { startedAtMs, endedAtMs } = lost
  return {
    ...settled,
    id,
    requestId,
    callerId,
    callerName,
    owner,
    route,
    endedAtMs,
    model,
    lane: target && ('translate' as const),
    protocol: undefined,
    firstByteMs: undefined,
    durationMs: Math.max(endedAtMs - startedAtMs, 0),
    attempts: settled.target ? 1 : 0,
    outcome: LOST.code,
    status: LOST.status,
    ending: undefined,
  }
}

const LOST = new GatewayError('internal', 'The process ended before the call did.')
