/** The route of each path, and the headers of every answer. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, GPT, MESSAGES, messagesBody, responsesBody } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'

describe('the prefixes that people type', () => {
  it.each(['/v1', '/openai/v1', '/anthropic/v1'])('%s leads to every route', async (prefix) => {
    const { sluice, upstream } = await startHouse()
    const asks = [
      ['/chat/completions', chatBody()],
      ['/responses', responsesBody()],
      ['/messages', messagesBody()],
      ['/messages/count_tokens', { ...messagesBody(), max_tokens: undefined }],
    ] as const
    for (const [path, body] of asks)
      expect((await sluice.send(prefix + path, { body })).status).toBe(200)
    expect((await sluice.send(`${prefix}/models`)).status).toBe(200)
    expect((await sluice.send(`${prefix}/models/openai/${GPT}`)).status).toBe(200)
    expect(callsOf(upstream).map(({ path }) => path)).toEqual([
      '/v1/chat/completions',
      '/v1/responses',
      '/v1/messages',
      '/v1/messages/count_tokens',
    ])
  })

  it.each(['/v1/v1/messages', '/v1/v1/chat/completions', '/openai/v1/v1/models'])(
    '%s is a mistake that the answer explains',
    async (path) => {
      const { sluice } = await startHouse()
      const { status, text } = await sluice.send(path, { body: {} })
      expect(status).toBe(404)
      expect(text).toContain('/v1/v1')
      expect(text).toContain('base URL')
    },
  )

  it.each(['/chat/completions', '/v2/messages', '/v1', '/v1/', '/v1/messagesx', '/openai/models'])(
    '%s leads nowhere',
    async (path) => {
      const { sluice } = await startHouse()
      const { status, json } = await sluice.send(path, { body: {} })
      expect(status).toBe(404)
      expect(checkChatError(json).length === 0 || checkMessagesError(json).length === 0).toBe(true)
    },
  )

  it('matches only the path, with any query', async () => {
    const { sluice } = await startHouse()
    for (const query of ['?beta=true', '?', '?x=%zz&y', '?a=1?b=2'])
      expect((await sluice.send(MESSAGES + query, { body: messagesBody() })).status).toBe(200)
  })
})

describe('a method that a route does not take', () => {
  it.each([
    ['GET', '/v1/chat/completions'],
    ['PUT', '/v1/messages'],
    ['DELETE', '/v1/models'],
    ['POST', '/health'],
  ])('%s %s is a 405 that lists the allowed methods', async (method, path) => {
    const { sluice } = await startHouse()
    const { status, text } = await sluice.send(path, { method })
    expect(status).toBe(405)
    expect(text).toMatch(/POST|GET/)
  })

  it('is reported in the dialect of the route', async () => {
    const { sluice } = await startHouse()
    expect(checkMessagesError((await sluice.send(MESSAGES)).json)).toEqual([])
    expect(checkChatError((await sluice.send(CHAT)).json)).toEqual([])
  })
})

describe('probes', () => {
  it('report that the process is alive', async () => {
    const { sluice } = await startHouse()
    const { json } = await sluice.send('/health')
    expect(json.status).toBe('ok')
    expect(Object.keys(json)).toEqual(['status', 'timestamp', 'uptime', 'memory'])
    expect((await sluice.send('/', { method: 'HEAD' })).status).toBe(200)
    expect((await sluice.send('/api/hello', { method: 'HEAD' })).status).toBe(200)
  })

  it('report that calls can be served, without an upstream call', async () => {
    const { sluice, upstream } = await startHouse()
    expect((await sluice.send('/health/ready')).status).toBe(200)
    expect(upstream.calls).toEqual([])
  })

  it('answer 503 if no target is usable', async () => {
    const sluice = await sluiceForTest()
    expect((await sluice.send('/health/ready')).status).toBe(503)
    expect((await sluice.send('/health')).status).toBe(200)
  })
})

describe('a request to become a WebSocket', () => {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  }

  it('is answered with 426 if it is disabled, so the client falls back to HTTP', async () => {
    const { sluice } = await startHouse({ responsesWebSocket: false })
    expect((await sluice.send('/v1/responses', { headers: upgrade })).status).toBe(426)
  })

  it('is not what a client that offers HTTP/2 asks for', async () => {
    const { sluice } = await startHouse()
    const headers = {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
    }
    expect((await sluice.send(CHAT, { body: chatBody(), headers })).status).toBe(200)
  })
})

describe('every answer', () => {
  it('has an id under both names, each of them another', async () => {
    const { sluice } = await startHouse()
    const ids = new Set<unknown>()
    for (const sending of [{ body: messagesBody('hello', { model: GPT }) }, { body: 'no' }]) {
      const { headers } = await sluice.send(MESSAGES, sending)
      expect(headers['request-id']).toMatch(/^req_[0-9a-z]+$/)
      expect(headers['x-request-id']).toBe(headers['request-id'])
      ids.add(headers['request-id'])
    }
    expect(ids.size).toBe(2)
  })

  it('has the same id in a Messages error, in the headers and in the log', async () => {
    const { sluice } = await startHouse()
    const { json, headers } = await sluice.send(MESSAGES, { body: {} })
    expect(json.request_id).toBe(headers['request-id'])
    const line = await sluice.logged(({ msg }) => msg === 'call')
    expect(line.requestId).toBe(json.request_id)
  })

  it('keeps the id that a relayed upstream gave', async () => {
    const { sluice } = await startHouse()
    const chat = await sluice.send(CHAT, { body: chatBody() })
    expect(chat.headers['x-request-id']).toMatch(/^req_0+/)
    const messages = await sluice.send(MESSAGES, { body: messagesBody() })
    expect(messages.headers['request-id']).toMatch(/^req_0+/)
  })
})
