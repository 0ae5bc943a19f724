/** A chat with all its real parts: gateway, ledger and database. */
import { describe, expect, it } from 'vitest'
import { FLAT } from '../../tools/gateway/settled-house.ts'
import { GPT } from '../../tools/app/asks.ts'
import { visitor } from '../../tools/chat/chat-house.ts'
import { folderForTest, realChat } from '../../tools/chat/real-chat.ts'

const WORDS = { parts: [{ text: 'word '.repeat(40) }], paceMs: 5, pieces: 40 }

describe('a session', () => {
  it('is answered by a model, and its cost is that of the ledger', async () => {
    const { join, settlements, upstream } = await realChat({ prices: FLAT, chat: { model: GPT } })
    const visit = await join()
    const reading = await visit.read()
    upstream.next({ parts: [{ text: 'Hello there' }] })
    await visit.say('hi')
    await expect.poll(() => reading.types.at(-1)).toBe('run_end')
    expect(reading.text).toBe('Hello there')
    const [settlement] = settlements
    expect(settlement).toMatchObject({ outcome: 'ok', callerId: 'anonymous' })
    expect(reading.sent.at(-1)?.event).toMatchObject({
      status: 'done',
      result: 'Hello there',
      finish_reason: 'stop',
      cost_summary: {
        model: GPT,
        prompt_tokens: settlement?.usage.inputTokens,
        completion_tokens: settlement?.usage.outputTokens,
        total_cost: settlement?.cost,
        estimated: false,
      },
    })
    expect(await visit.session.history()).toMatchObject([
      { content: 'hi' },
      { content: 'Hello there', status: 'done' },
    ])
  })

  it('is named by a model, whose call is one of the user', async () => {
    const { join, settlements, upstream } = await realChat({
      prices: FLAT,
      chat: { model: GPT, titleModel: GPT },
    })
    const visit = await join()
    const reading = await visit.read()
    upstream.next({ parts: [{ text: 'Hello there' }] }, { parts: [{ text: '"A greeting"' }] })
    await visit.say('hi')
    await expect.poll(() => reading.types.at(-1)).toBe('session_updated')
    expect(reading.sent.at(-1)?.event).toMatchObject({ title: 'A greeting' })
    expect(settlements).toMatchObject([
      { outcome: 'ok' },
      { outcome: 'ok', callerId: 'anonymous', model: GPT, tags: 'title' },
    ])
    expect(settlements[1]?.cost).toBeGreaterThan(0)
  })

  it('leaves its upstream when it is cancelled, and pays for what it has got', async () => {
    const { join, settlements, upstream } = await realChat({ prices: FLAT, chat: { model: GPT } })
    const visit = await join()
    const reading = await visit.read()
    upstream.next(WORDS)
    await visit.say('hi')
    await expect.poll(() => reading.text.length).toBeGreaterThan(20)
    await visit.command({ type: 'cancel' })
    await expect.poll(() => upstream.calls.at(-1)?.closedEarly).toBe(true)
    const end = reading.sent.at(-1)?.event
    expect(end).toMatchObject({
      type: 'run_end',
      status: 'cancelled',
      result: reading.text,
      cost_summary: { total_cost: settlements[0]?.cost, estimated: true },
    })
    expect(settlements[0]?.cost).toBeGreaterThan(0)
  })

  it('comes back from its database after a restart', async () => {
    const rows = { folder: folderForTest() }
    const options = { prices: FLAT, chat: { model: GPT }, rows }
    const first = await realChat(options)
    const visit = await first.join()
    const reading = await visit.read()
    first.upstream.next({ parts: [{ text: 'Hello' }] }, WORDS)
    await visit.say('hi', { client_message_id: 'c1' })
    await expect.poll(() => reading.types.at(-1)).toBe('run_end')
    await visit.say('more')
    await expect.poll(() => reading.text.length).toBeGreaterThan(20)
    await first.stop()
    expect(reading.ended?.reason.vendorCode).toBe('going_away')

    const second = await realChat(options, first.upstream)
    const again = await second.join()
    expect(again.session.isNew).toBe(false)
    const history = await again.session.history()
    expect(history).toMatchObject([
      { content: 'hi' },
      { content: 'Hello', status: 'done' },
      { content: 'more' },
      { content: reading.text.slice('Hello'.length), status: 'interrupted' },
    ])
    const { position } = visit.session
    expect((await again.read(`${position.epoch}.${position.seq}`)).sent).toEqual([])
    const all = await again.read('0.0')
    expect(all.text).toBe(reading.text)
    expect((await again.say('hi', { client_message_id: 'c1' })).status).toBe('repeated')
    const { resources } = second.here.chat
    expect(await resources.list(visitor(), new URLSearchParams({ search: 'more' }))).toMatchObject({
      sessions: [{ id: 's', title: 'hi' }],
    })
    expect(await resources.costs(visitor(), 's')).toMatchObject({ runs: 2 })
    await resources.delete(visitor(), 's')
    await expect(resources.read(visitor(), 's')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('has the model of a fresh install if none is named', async () => {
    const { join } = await realChat({ providers: [], demo: { paceMs: 0 } })
    const visit = await join()
    const reading = await visit.read()
    await visit.say('hello')
    await expect.poll(() => reading.types.at(-1)).toBe('run_end')
    expect(reading.sent.at(-1)?.event).toMatchObject({ status: 'done' })
  })
})
