/** `GET /v1/usage`: what a caller has used itself, and nothing of others. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { isDone, openClient } from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-usage-'))
afterAll(() => rmSync(outer, { recursive: true }))
let places = 0

const startWithLedger = async (options: Partial<AppOptions> = {}) => {
  const rows = { folder: join(outer, String(places++)) }
  return { rows, ...(await startHouse({ rows, ...options })) }
}

const as = (key: string) => ({ authorization: `Bearer ${key}` })

describe('the usage of a caller', () => {
  it('has its own calls, of every outcome, and none of another caller', async () => {
    const { sluice, upstream } = await startWithLedger({ keys: ['key-one', 'key-two'] })
    upstream.next({ parts: [{ text: 'hi' }], usage: { input: 100, output: 7 } })
    await sluice.send(CHAT, { body: chatBody(), headers: as('key-one') })
    upstream.next({ parts: [{ text: 'hi' }], usage: { input: 50, output: 3 } })
    await sluice.send(MESSAGES, {
      body: messagesBody('x', { stream: true }),
      headers: as('key-one'),
    })
    await sluice.send(CHAT, { body: { model: GPT }, headers: as('key-one') })
    upstream.next({ parts: [{ text: 'hi' }], usage: { input: 1_000, output: 1_000 } })
    await sluice.send(CHAT, { body: chatBody(), headers: as('key-two') })

    const { status, json } = await sluice.send('/v1/usage?by=model&since=1h', {
      headers: as('key-one'),
    })
    expect(status).toBe(200)
    expect(json.total).toMatchObject({ calls: 3, input_tokens: 150, output_tokens: 10 })
    expect(json.data).toMatchObject([
      { key: expect.stringMatching(/^anthropic\//), calls: 1, input_tokens: 50, output_tokens: 3 },
      { key: `openai/${GPT}`, calls: 2, input_tokens: 100, output_tokens: 7 },
    ])
    const other = await sluice.send('/v1/usage', { headers: as('key-two') })
    expect(other.json.total).toMatchObject({ calls: 1, input_tokens: 1_000 })
    expect(other.json.data).toMatchObject([{ key: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) }])
  })

  it('is refused like every route, with the field named', async () => {
    const { sluice } = await startWithLedger({ keys: ['key-one'] })
    expect((await sluice.send('/v1/usage')).status).toBe(401)
    for (const query of ['by=minute', 'by=', 'since=yesterday', 'since=', 'by=day&since=%00']) {
      const { status, json } = await sluice.send(`/v1/usage?${query}`, { headers: as('key-one') })
      expect(status).toBe(400)
      expect(json.error).toMatchObject({ param: query.includes('since') ? 'since' : 'by' })
    }
    const posted = await sluice.send('/v1/usage', { body: {}, headers: as('key-one') })
    expect(posted.status).toBe(405)
    expect(posted.headers.allow).toBe('GET, HEAD')
    for (const path of ['/v1/usage/', '/v1/usage/other', '/usage'])
      expect((await sluice.send(path, { headers: as('key-one') })).status).toBe(404)
  })

  it('does not exist where no ledger is kept', async () => {
    const { sluice } = await startHouse()
    expect((await sluice.send('/v1/usage')).status).toBe(404)
  })

  it('cannot be that of another caller, whatever the call says', async () => {
    const { sluice } = await startWithLedger({ keys: ['key-one', 'key-two'] })
    await sluice.send(CHAT, { body: chatBody(), headers: as('key-two') })
    const names = ['caller', 'caller_id', 'callerId', 'key', 'owner', 'user']
    const query = names.map((name) => `${name}=key-two`).join('&')
    const { json } = await sluice.send(`/v1/usage?${query}`, {
      headers: { ...as('key-one'), 'x-user-id': 'key-two' },
    })
    expect(json.total).toMatchObject({ calls: 0 })
  })
})

describe('the row of a call', () => {
  it('has the tags that the caller gave', async () => {
    const { sluice, upstream, rows } = await startWithLedger()
    await sluice.send(CHAT, {
      body: chatBody(),
      headers: { 'x-sluice-tags': ' team-a ,env=test,, ' },
    })
    expect(upstream.calls[0]?.headers).not.toHaveProperty('x-sluice-tags')
    await sluice.close()
    expect(await rowsAt(rows)).toMatchObject([{ tags: 'team-a,env=test' }])
  })

  it.each([
    ['relayed', CHAT, chatBody()],
    ['relayed stream', CHAT, chatBody('x', { stream: true })],
    ['relayed Messages', MESSAGES, messagesBody()],
    ['translated', CHAT, chatBody('x', { model: CLAUDE })],
    ['translated stream', MESSAGES, messagesBody('x', { model: GPT, stream: true })],
    ['refused', CHAT, { model: GPT }],
    ['refused by us', CHAT, {}],
  ])('has the request id of its answer: %s', async (_what, path, body) => {
    const { sluice, rows } = await startWithLedger()
    const { headers } = await sluice.send(path, { body })
    const line = await sluice.logged(isCall)
    await sluice.close()
    expect(await rowsAt(rows)).toMatchObject([
      { request_id: headers['x-request-id'], log_request_id: line.requestId },
    ])
  })

  it('is there for each call of a socket, and for a realtime conversation', async () => {
    const { sluice, rows } = await startWithLedger()
    const client = await openClient(sluice.url, '/ws', { headers: { 'x-sluice-tags': 'socket' } })
    for (const id of ['first', 'second']) {
      client.send({ id, ...chatBody() })
      await client.until('the end', isDone(id))
    }
    client.socket.close()
    const realtime = await startRealtime()
    const other = await sluiceForTest({ providers: [openaiAt(realtime.url)], rows })
    const conversation = await openClient(other.url, '/v1/realtime?model=gpt-realtime')
    await conversation.until('the session', ({ type }) => type === 'session.created')
    conversation.socket.close()
    await other.logged(isCall)
    await other.close()
    await sluice.close()
    const written = await rowsAt(rows)
    expect(written.toSorted((a, b) => a.ended_at - b.ended_at)).toMatchObject([
      { route: 'WS /v1/chat/completions', tags: 'socket' },
      { route: 'WS /v1/chat/completions', tags: 'socket' },
      {
        route: 'WS /v1/realtime',
        target_model: 'gpt-realtime',
        request_id: conversation.headers['x-request-id'],
      },
    ])
    expect(new Set(written.map((row) => row.request_id)).size).toBe(3)
  })

  it.each([
    ['a space', 'a b'],
    ['a quote', '"a"'],
    ['too many tags', Array.from({ length: 17 }, (_, at) => `t${at}`).join(',')],
    ['a tag that is too long', 't'.repeat(129)],
  ])('is not made of tags with %s: the header is named', async (_what, tags) => {
    const { sluice, upstream } = await startWithLedger()
    const { status, json } = await sluice.send(CHAT, {
      body: chatBody(),
      headers: { 'x-sluice-tags': tags },
    })
    expect(status).toBe(400)
    expect(json.error).toMatchObject({ param: 'x-sluice-tags' })
    expect(upstream.calls).toHaveLength(0)
  })

  it('contains no secret, wherever a client or an upstream puts one', async () => {
    const { sluice, rows } = await startWithLedger({ keys: ['caller-secret-1'] })
    await sluice.send(CHAT, {
      body: chatBody('x', { model: 'caller-secret-1' }),
      headers: { ...as('caller-secret-1'), 'x-sluice-tags': 'sk-upstream-openai' },
    })
    await sluice.send(CHAT, {
      body: chatBody('prompt-secret', { model: 'openai/sk-upstream-openai' }),
      headers: as('caller-secret-1'),
    })
    await expect.poll(() => rowsAt(rows)).toHaveLength(2)
    const written = JSON.stringify(await rowsAt(rows))
    expect(written).not.toMatch(/caller-secret-1|sk-upstream-openai|prompt-secret/)
  })

  it('is made when the server drains, and no folder before the first call', async () => {
    const { sluice, rows } = await startWithLedger()
    expect((await sluice.send('/v1/usage')).json.data).toEqual([])
    expect(await rowsAt(rows)).toEqual([])
    await sluice.send(CHAT, { body: chatBody() })
    await sluice.close()
    expect(await rowsAt(rows)).toHaveLength(1)
  })
})
