/** Settlements of made-up calls. */
import type { Settlement } from '#model'

export const toSettlement = (changes: Partial<Settlement> = {}): Settlement => ({
  requestId: 'req_1',
  callerId: 'caller',
  route: 'POST /v1/chat/completions',
  endedAtMs: Date.UTC(2026, 10, 29, 12, 0, 30),
  model: 'gpt-4o',
  target: { provider: 'openai', model: 'gpt-4o' },
  lane: 'relay',
  protocol: 'openai-chat',
  usage: {
    inputTokens: 100,
    cacheReadTokens: 40,
    cacheWriteTokens: 10,
    outputTokens: 20,
    reasoningTokens: 5,
  },
  firstByteMs: 12.34,
  durationMs: 56.78,
  attempts: 1,
  outcome: 'ok',
  status: undefined,
  ending: undefined,
  cost: 0.000_25,
  ...changes,
})
