/** Only complete answers are kept. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { callsOf } from '../../tools/app/house.ts'
import { eventually } from '../../tools/app/within.ts'
import { startCached } from '../../tools/gateway/cached-house.ts'
import { TARGETS } from '../../tools/gateway/settled-house.ts'

describe('what is not a complete answer', () => {
  const fails = async (
    fault: object,
    { stream, model }: { readonly stream: boolean; readonly model: string },
  ) => {
    const { upstream, sluice } = await startCached({ retry: { retries: 0, baseMs: 1 } })
    const body = chatBody('hello', { stream, model })
    upstream.next({ parts: [{ text: 'a longer text of several events' }], fault } as never)
    const failed = await sluice.send(CHAT, { body })
    const next = await sluice.send(CHAT, { body })
    return { upstream, failed, next }
  }
  const WAYS = [TARGETS.openai, TARGETS.anthropic].flatMap((model) =>
    [false, true].map((stream) => ({ model, stream })),
  )

  it.each(
    [
      { status: 500 },
      { status: 400 },
      { status: 429 },
      { html: 502 },
      { resetBeforeAnswer: true },
      { cutAfterEvents: 3 },
    ].flatMap((fault) => WAYS.map((way) => ({ fault, ...way }))),
  )('is not kept: %j', async ({ fault, ...way }) => {
    const { upstream, failed, next } = await fails(fault, way)
    expect(failed.headers['x-sluice-cache']).toBe('miss')
    expect(next.headers['x-sluice-cache']).toBe('miss')
    expect(next.status).toBe(200)
    expect(next.text).not.toBe(failed.text)
    expect(callsOf(upstream)).toHaveLength(2)
  })

  it.each([
    [CHAT, chatBody(), { error: { message: 'It failed.', type: 'server_error' } }],
    [
      RESPONSES,
      responsesBody('hello', { store: false }),
      {
        id: 'resp_1',
        object: 'response',
        status: 'failed',
        output: [],
        error: { code: 'server_error', message: 'It failed.' },
      },
    ],
  ])('is not kept, whatever its status: %s', async (path, body, answer) => {
    const { upstream, sluice } = await startCached({ retry: { retries: 0, baseMs: 1 } })
    const rawBytes = [Buffer.from(JSON.stringify(answer))]
    upstream.next({ fault: { rawBytes, contentType: 'application/json' } })
    const failed = await sluice.send(path, { body })
    expect(failed.text).toContain('It failed.')
    const next = await sluice.send(path, { body })
    expect(next.headers['x-sluice-cache']).toBe('miss')
    expect(next.text).not.toContain('It failed.')
  })

  it.each(WAYS)('is not kept if its client leaves: %j', async ({ model, stream }) => {
    const { upstream, sluice, settlements } = await startCached()
    const body = chatBody('hello', { stream, model })
    upstream.next({ parts: [{ text: 'word '.repeat(200) }], paceMs: 20, delayMs: 50 })
    const leave = new AbortController()
    const left = sluice.send(CHAT, { body, signal: leave.signal }).catch(() => undefined)
    await eventually('the upstream is asked', () => callsOf(upstream).length === 1)
    leave.abort()
    await left
    await eventually('it is settled', () => settlements.length === 1)
    expect(settlements[0]?.outcome).toBe('client_left')
    const { headers } = await sluice.send(CHAT, { body })
    expect(headers['x-sluice-cache']).toBe('miss')
    expect(callsOf(upstream)[0]?.closedEarly).toBe(true)
  })
})
