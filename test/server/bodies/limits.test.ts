/** How much is held. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'

const limits = { bodyBytes: 10_000, inFlightBytes: 25_000, depth: 20 }

const nested = (depth: number) => `{"model":"gpt-4o","x":${'['.repeat(depth)}${']'.repeat(depth)}}`

describe('a body', () => {
  it('past the limit is a 413 in the dialect, and nothing is forwarded', async () => {
    const { sluice, upstream } = await startHouse({ limits })
    const text = 'x'.repeat(10_000)
    const chat = await sluice.send(CHAT, { body: chatBody(text) })
    const messages = await sluice.send(MESSAGES, { body: messagesBody(text) })
    expect([chat.status, messages.status]).toEqual([413, 413])
    expect(checkChatError(chat.json)).toEqual([])
    expect(checkMessagesError(messages.json)).toEqual([])
    expect(messages.json).toMatchObject({ error: { type: 'request_too_large' } })
    expect(upstream.calls).toEqual([])
  })

  it('at the limit passes', async () => {
    const { sluice } = await startHouse({ limits })
    const empty = JSON.stringify(chatBody('')).length
    const body = chatBody('x'.repeat(10_000 - empty))
    expect((await sluice.send(CHAT, { body })).status).toBe(200)
  })

  it('nested too deeply is a 400', async () => {
    const { sluice, upstream } = await startHouse({ limits })
    expect((await sluice.send(CHAT, { body: nested(30) })).status).toBe(400)
    expect(upstream.calls).toEqual([])
    await sluice.send(CHAT, { body: nested(15) })
    expect(upstream.calls).toHaveLength(1)
  })
})

describe('all bodies together', () => {
  it('past the limit are a 503 for the next, until one is done', async () => {
    const { sluice, upstream } = await startHouse({ limits })
    const body = chatBody('x'.repeat(9_000))
    upstream.next({ delayMs: 400 }, { delayMs: 400 })
    const held = [sluice.send(CHAT, { body }), sluice.send(CHAT, { body })]
    await expect.poll(() => callsOf(upstream).length).toBe(2)
    const refused = await sluice.send(CHAT, { body })
    expect(refused.status).toBe(503)
    expect(checkChatError(refused.json)).toEqual([])
    for (const { status } of await Promise.all(held)) expect(status).toBe(200)
    expect((await sluice.send(CHAT, { body })).status).toBe(200)
  })
})
