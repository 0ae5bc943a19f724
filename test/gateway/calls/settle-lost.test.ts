/** A call whose process was killed is settled by what was kept of it. */
import { describe, expect, it } from 'vitest'
import type { LostCall } from '#gateway'
import { GPT } from '../../tools/app/asks.ts'
import { ANN, startAsking } from '../../tools/gateway/asking.ts'
import { FLAT } from '../../tools/gateway/settled-house.ts'

const MODEL = `openai/${GPT}`

const LOST: LostCall = {
  id: 'run_1',
  requestId: 'req_lost',
  route: 'WS /ws/session/{id}',
  callerId: 'ann',
  callerName: 'Ann',
  caller: ANN,
  model: MODEL,
  target: { provider: 'openai', model: GPT },
  requestBytes: 400,
  outputCharacters: 80,
  told: { outputTokens: 0, cost: 0 },
  startedAtMs: 1_000,
  endedAtMs: 3_500,
}

describe('a lost call', () => {
  it('is settled as a stream that was cut: by the size of its request and of its answer', async () => {
    const { generation, settlements } = await startAsking({ prices: FLAT })
    const usage = { inputTokens: 100, outputTokens: 20, estimated: true }
    expect(await generation.gateway.settleLost(LOST)).toMatchObject({ usage, cost: 0.00014 })
    expect(settlements).toMatchObject([
      {
        id: 'run_1',
        requestId: 'req_lost',
        callerId: 'ann',
        callerName: 'Ann',
        usage,
        outcome: 'internal',
        status: 500,
        endedAtMs: 3_500,
        durationMs: 2_500,
      },
    ])
  })

  it('has used and cost no less than its readers were told', async () => {
    const { generation } = await startAsking({ prices: FLAT })
    const told = { outputTokens: 30, cost: 1 }
    expect(await generation.gateway.settleLost({ ...LOST, told })).toMatchObject({
      usage: { outputTokens: 30 },
      cost: 1,
    })
  })

  it('was sent to the first target of its model, if nobody knows where it was sent', async () => {
    const { generation } = await startAsking({ prices: FLAT })
    const lost = { ...LOST, target: undefined, outputCharacters: 0 }
    expect(await generation.gateway.settleLost(lost)).toMatchObject({
      target: LOST.target,
      cost: 0.0001,
    })
    expect(await generation.gateway.settleLost({ ...lost, caller: undefined })).toMatchObject({
      cost: 0.0001,
    })
  })

  it('counts in the limits of its caller', async () => {
    const { ask, generation } = await startAsking({
      keys: ['key-of-ann'],
      callerLimits: { everyCaller: { tokensPerMinute: 1_000 } },
    })
    await generation.gateway.settleLost({ ...LOST, outputCharacters: 8_000 })
    expect((await ask(MODEL).outcome).error).toMatchObject({ code: 'rate_limited' })
  })
})
