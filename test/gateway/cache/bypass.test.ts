/** What a call decides by its headers and its body: whether the cache is asked, and whether it keeps the answer. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { callsOf } from '../../tools/app/house.ts'
import { startCached } from '../../tools/gateway/cached-house.ts'
import { TARGETS } from '../../tools/gateway/settled-house.ts'

describe('a call', () => {
  const send = async (
    house: Awaited<ReturnType<typeof startCached>>,
    control?: string,
    body: object = chatBody(),
  ) =>
    (await house.sluice.send(CHAT, { body, headers: { 'cache-control': control } })).headers[
      'x-sluice-cache'
    ]

  it('with no-cache replaces what is kept', async () => {
    const house = await startCached()
    house.upstream.next({ parts: [{ text: 'old' }] }, { parts: [{ text: 'new' }] })
    expect(await send(house)).toBe('miss')
    expect(await send(house, 'no-cache')).toBe('miss')
    const { text, headers } = await house.sluice.send(CHAT, { body: chatBody() })
    expect(headers['x-sluice-cache']).toBe('hit')
    expect(text).toContain('new')
  })

  it('with no-store neither reads nor writes', async () => {
    const house = await startCached()
    expect(await send(house, 'max-age=0, No-Store')).toBe('bypass')
    expect(await send(house)).toBe('miss')
    expect(await send(house, 'no-store')).toBe('bypass')
    expect(await send(house)).toBe('hit')
    expect(callsOf(house.upstream)).toHaveLength(3)
  })

  it.each([
    ['an answer that is stored by default', RESPONSES, responsesBody()],
    ['an answer that is stored', RESPONSES, responsesBody('hello', { store: true })],
    ['a stored completion', CHAT, chatBody('hello', { store: true })],
  ])('for %s bypasses the cache', async (_, path, body) => {
    const { upstream, sluice } = await startCached()
    const ids = new Set<unknown>()
    for (let time = 0; time < 2; time++) {
      const { headers, json } = await sluice.send(path, { body })
      expect(headers['x-sluice-cache']).toBe('bypass')
      ids.add(json.id)
    }
    expect(ids.size).toBe(2)
    expect(callsOf(upstream)).toHaveLength(2)
  })

  it.each([TARGETS.openai, TARGETS.anthropic])(
    'that continues an earlier response bypasses the cache (%s)',
    async (model) => {
      const { sluice } = await startCached()
      const { json } = await sluice.send(RESPONSES, { body: responsesBody('hello', { model }) })
      const body = responsesBody('again', { model, store: false, previous_response_id: json.id })
      const { status, headers } = await sluice.send(RESPONSES, { body })
      expect(status).toBe(200)
      expect(headers['x-sluice-cache']).toBe('bypass')
    },
  )
})
