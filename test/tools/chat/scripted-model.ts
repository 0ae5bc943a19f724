/** A model that answers as a test tells it to. */
import type { AskModel, ModelCall, ModelListener, SettleLost } from '#gateway'
import { GatewayError, NO_USAGE, type Settlement } from '#model'

interface ScriptedCall {
  readonly call: ModelCall
  /** What it was sent, as texts. */
  readonly turns: readonly { readonly role: string; readonly text: string }[]
  /** Begins the answer, if it has not begun. */
  say(...pieces: string[]): void
  think(text: string): void
  cite(quote: string): void
  refuse(text: string): void
  end(): void
  fail(error?: GatewayError): void
  readonly isStopped: boolean
  readonly isOpen: boolean
}

export interface ScriptedModel {
  readonly ask: AskModel
  readonly settleLost: SettleLost
  readonly calls: ScriptedCall[]
  /** Answers every call at once. Undefined: the test does it. */
  answer: ((call: ScriptedCall) => void) | undefined
}

/** A dollar a token of output. */
const COST = 1

const TARGET = { provider: 'scripted', model: 'one' }

export const scriptedModel = (): ScriptedModel => {
  const calls: ScriptedCall[] = []
  const model: ScriptedModel = {
    calls,
    answer: undefined,
    settleLost: ({ target, told }) =>
      Promise.resolve({
        target,
        usage: { ...NO_USAGE, inputTokens: 10, outputTokens: told.outputTokens, estimated: true },
        cost: told.cost,
      }),
    ask: (call, listener) =>
      new Promise((resolve) => {
        const scripted = script(call, listener, (settlement, error) =>
          resolve({ settlement, ...(error && { error }) }),
        )
        calls.push(scripted)
        model.answer?.(scripted)
      }),
  }
  return model
}

const script = (
  call: ModelCall,
  listener: ModelListener,
  settle: (settlement: Settlement, error?: GatewayError) => void,
): ScriptedCall => {
  let hasBegun = false
  let hasEnded = false
  let tokens = 0
  let parts = 0
  let open: { readonly index: number; readonly kind: string } | undefined

  const begin = (): void => {
    if (hasBegun || hasEnded) return
    hasBegun = true
    listener.begin(TARGET)
    listener.event({ type: 'message-start', id: 'm', model: 'one' }, progress())
  }
  const progress = () => ({ outputTokens: tokens, cost: tokens * COST })
  const append = (kind: 'text' | 'reasoning' | 'refusal', text: string): void => {
    if (hasEnded) return
    begin()
    if (open?.kind !== kind) {
      if (open) listener.event({ type: 'part-end', index: open.index }, progress())
      open = { index: parts++, kind }
      listener.event({ type: 'part-start', index: open.index, part: { kind } }, progress())
    }
    tokens++
    listener.event({ type: 'part-delta', index: open.index, text }, progress())
  }
  const finish = (error?: GatewayError): void => {
    if (hasEnded) return
    hasEnded = true
    const inputTokens = hasBegun ? 10 : 0
    settle(
      {
        requestId: call.requestId,
        callerId: call.caller.id,
        route: call.route,
        endedAtMs: 0,
        model: call.request.model,
        target: hasBegun ? TARGET : undefined,
        lane: 'translate',
        protocol: 'openai-chat',
        usage: { ...NO_USAGE, inputTokens, outputTokens: tokens },
        cost: hasBegun ? tokens * COST : null,
        firstByteMs: 0,
        durationMs: 0,
        attempts: 1,
        outcome: error?.code ?? 'ok',
        status: error?.status,
        ending: undefined,
      },
      error,
    )
  }
  const isStopped = (): boolean => call.signal.aborted
  call.signal.on(() => finish(call.signal.reason))

  return {
    call,
    turns: call.request.turns.map(({ role, parts: told }) => ({
      role,
      text: told.map((part) => ('text' in part ? part.text : '')).join('|'),
    })),
    say: (...pieces) => pieces.forEach((piece) => append('text', piece)),
    think: (text) => append('reasoning', text),
    refuse: (text) => append('refusal', text),
    cite(quote) {
      begin()
      listener.event(
        {
          type: 'part-start',
          index: parts++,
          part: { kind: 'citation', of: 0, citation: { quote } },
        },
        progress(),
      )
    },
    end() {
      begin()
      if (open) listener.event({ type: 'part-end', index: open.index }, progress())
      const usage = { ...NO_USAGE, inputTokens: 10, outputTokens: tokens }
      if (!hasEnded) listener.event({ type: 'message-end', reason: 'stop', usage }, progress())
      finish()
    },
    fail: (error = new GatewayError('upstream_failed', 'It failed.')) => finish(error),
    get isOpen() {
      return !hasEnded
    },
    get isStopped() {
      return isStopped()
    },
  }
}
