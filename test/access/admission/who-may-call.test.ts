/** Who may call, over the wire. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, type House, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import type { Sending } from '../../tools/app/send.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'

const KEYS = ['first key', 'ключ-2', 'sk-third']

const chat = (sluice: House, headers: Sending['headers']) =>
  sluice.send(CHAT, { body: chatBody(), headers: headers ?? {} })

describe('with keys configured', () => {
  it.each([
    ['x-api-key', { 'x-api-key': 'sk-third' }],
    ['x-goog-api-key', { 'x-goog-api-key': 'sk-third' }],
    ['Bearer', { authorization: 'Bearer sk-third' }],
    ['bearer in any case, and a key with a space', { authorization: 'bearer first key' }],
  ])('admits by %s', async (_, headers) => {
    const { sluice } = await startHouse({ keys: KEYS })
    expect((await chat(sluice, headers)).status).toBe(200)
  })

  it('admits by a key that is not ASCII', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const spelt = Buffer.from('ключ-2').toString('latin1')
    expect((await chat(sluice, { authorization: `Bearer ${spelt}` })).status).toBe(200)
  })

  it('is called by the first valid credential, in the order of the rules', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const callerOf = async (headers: Record<string, string>) => {
      const { headers: answered } = await chat(sluice, headers)
      const line = await sluice.logged(({ requestId }) => requestId === answered['request-id'])
      return line.caller
    }
    const first = await callerOf({ authorization: 'Bearer first key' })
    const third = await callerOf({ 'x-api-key': 'sk-third' })
    expect(first).not.toBe(third)
    expect(first).toMatch(/^[0-9a-f]{12}$/)
    expect(await callerOf({ 'x-api-key': 'sk-third', authorization: 'Bearer first key' })).toBe(
      third,
    )
    expect(
      await callerOf({ 'x-goog-api-key': 'first key', authorization: 'Bearer sk-third' }),
    ).toBe(first)
  })

  it('admits by any one valid key among others that are not', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const headers = { 'x-api-key': 'wrong', 'x-goog-api-key': 'wrong, too' }
    expect((await chat(sluice, { ...headers, authorization: 'Bearer sk-third' })).status).toBe(200)
    expect(
      (await chat(sluice, { 'x-api-key': 'sk-third', authorization: 'Bearer no' })).status,
    ).toBe(200)
  })

  it.each([
    ['no credential', {}],
    ['a wrong key', { authorization: 'Bearer wrong' }],
    ['the beginning of a key', { authorization: 'Bearer sk-thir' }],
    ['a key and more', { authorization: 'Bearer sk-third!' }],
    ['a key in the wrong scheme', { authorization: 'Basic sk-third' }],
    ['an empty key', { 'x-api-key': '' }],
  ])('refuses %s with 401 before anything is spent', async (_, headers) => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    const refused = await chat(sluice, headers)
    expect(refused.status).toBe(401)
    expect(checkChatError(refused.json)).toEqual([])
    expect(upstream.calls).toEqual([])
  })

  it('refuses in the dialect of Messages on a Messages route', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const refused = await sluice.send(MESSAGES, { body: messagesBody() })
    expect(refused.status).toBe(401)
    expect(checkMessagesError(refused.json)).toEqual([])
    expect(refused.json).toMatchObject({ error: { type: 'authentication_error' } })
  })

  it('does not accept a key in the query', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const refused = await sluice.send(`${CHAT}?key=sk-third`, { body: chatBody() })
    expect(refused.status).toBe(401)
  })

  it.each([
    ['GET', '/v1/models'],
    ['GET', '/v1/models/gpt-4o'],
    ['POST', '/v1/responses'],
    ['POST', '/v1/messages/count_tokens'],
    ['GET', '/'],
    ['GET', '/metrics'],
    ['GET', '/health/'],
    ['GET', '/health/backends'],
    ['DELETE', '/health'],
    ['POST', '/v1/v1/messages'],
    ['GET', '/v1/../health'],
  ])('denies %s %s to a caller without a key', async (method, path) => {
    const { sluice } = await startHouse({ keys: KEYS })
    expect((await sluice.send(path, { method })).status).toBe(401)
  })

  it('requires only the key from a foreign host name or page', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const headers = { authorization: 'Bearer sk-third', host: 'gateway.example' }
    expect((await chat(sluice, headers)).status).toBe(200)
    expect((await chat(sluice, { ...headers, origin: 'https://a.example' })).status).toBe(200)
  })
})

describe('without a key configured', () => {
  it.each([
    ['no key', {}],
    ['a key', { authorization: 'Bearer sk-of-the-caller-0123456789' }],
    ['several keys', { 'x-api-key': 'sk-of-the-caller-0123456789', authorization: 'Bearer x' }],
  ])('admits a caller that sends %s, and neither logs nor forwards it', async (_, headers) => {
    const { sluice, upstream } = await startHouse()
    expect((await chat(sluice, headers)).status).toBe(200)
    const [call] = callsOf(upstream)
    expect(call?.headers.authorization).toBe('Bearer sk-upstream-openai')
    expect(call?.headers['x-api-key']).toBeUndefined()
    expect(JSON.stringify(call?.rawHeaders)).not.toContain('of-the-caller')
    const line = await sluice.logged(({ msg }) => msg === 'call')
    expect(line.caller).toBe('anonymous')
    expect(sluice.rawLog()).not.toContain('of-the-caller')
  })

  it.each(['127.0.0.1', '127.0.0.1:3000', 'localhost', 'localhost:1', '[::1]:3000', 'a.localhost'])(
    'answers to the host name %s',
    async (host) => {
      const { sluice } = await startHouse()
      expect((await chat(sluice, { host })).status).toBe(200)
    },
  )

  it.each(['gateway.example', '127.0.0.1.example', '10.0.0.1:3000', 'localhost.example', '[::2]'])(
    'refuses the host name %s with 403 before anything is spent',
    async (host) => {
      const { sluice, upstream } = await startHouse()
      const refused = await chat(sluice, { host })
      expect(refused.status).toBe(403)
      expect(checkChatError(refused.json)).toEqual([])
      expect((await sluice.send('/v1/models', { headers: { host } })).status).toBe(403)
      expect(upstream.calls).toEqual([])
    },
  )

  it.each(['https://evil.example', 'http://localhost:3000', 'null', 'file://'])(
    'refuses the page of %s with 403 before anything is spent',
    async (origin) => {
      const { sluice, upstream } = await startHouse()
      const refused = await sluice.send(MESSAGES, { body: messagesBody(), headers: { origin } })
      expect(refused.status).toBe(403)
      expect(checkMessagesError(refused.json)).toEqual([])
      expect(refused.headers['access-control-allow-origin']).toBeUndefined()
      expect(upstream.calls).toEqual([])
    },
  )

  it('admits a page whose origin is allowed', async () => {
    const { sluice } = await startHouse({ corsOrigins: ['https://app.example'] })
    for (const origin of ['https://app.example', 'vscode-webview://0a1b2c'])
      expect((await chat(sluice, { origin })).status).toBe(200)
  })
})

describe('routes that need no key', () => {
  const OPEN = [
    ['GET', '/health'],
    ['HEAD', '/health'],
    ['GET', '/health/ready'],
    ['HEAD', '/'],
    ['HEAD', '/api/hello'],
  ] as const

  it.each(OPEN)('answers %s %s to everybody, from any host', async (method, path) => {
    const { sluice } = await startHouse({ keys: KEYS })
    for (const headers of [{}, { host: 'gateway.example', origin: 'https://evil.example' }])
      expect((await sluice.send(path, { method, headers })).status).toBe(200)
  })

  it.each(OPEN)('names no backend in %s %s', async (method, path) => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    const { text, rawHeaders } = await sluice.send(path, { method })
    expect(text + JSON.stringify(rawHeaders)).not.toMatch(/openai|anthropic|gpt|claude|sluice-t/i)
    expect(upstream.calls).toEqual([])
  })
})

const preflight = (sluice: House, origin: string) =>
  sluice.send(CHAT, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-stainless-os',
    },
  })

describe('pages of other origins', () => {
  it.each(['https://app.example', 'https://a.pages.example', 'vscode-webview://0a1b'])(
    'are allowed by a preflight: %s',
    async (origin) => {
      const { sluice } = await startHouse({
        keys: KEYS,
        corsOrigins: ['https://app.example', 'https://*.pages.example'],
      })
      const { status, headers } = await preflight(sluice, origin)
      expect(status).toBe(204)
      expect(headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
        vary: 'origin',
      })
      expect(headers['access-control-allow-methods']).toContain('POST')
    },
  )

  it.each(['https://evil.example', 'https://app.example.evil.example', 'https://xapp.example'])(
    'are refused by a preflight: %s',
    async (origin) => {
      const { sluice } = await startHouse({ keys: KEYS, corsOrigins: ['https://app.example'] })
      const { status, headers } = await preflight(sluice, origin)
      expect(status).toBe(403)
      expect(headers['access-control-allow-origin']).toBeUndefined()
    },
  )

  it('may read every answer, errors too, and its headers', async () => {
    const { sluice } = await startHouse({ keys: KEYS, corsOrigins: ['https://app.example'] })
    const origin = 'https://app.example'
    const good = await chat(sluice, { origin, authorization: 'Bearer sk-third' })
    const bad = await chat(sluice, { origin })
    const list = await sluice.send('/v1/models', {
      headers: { origin, authorization: 'Bearer sk-third' },
    })
    for (const { headers } of [good, bad, list]) {
      expect(headers['access-control-allow-origin']).toBe(origin)
      expect(headers['access-control-expose-headers']).toBe('*')
    }
  })

  it('of every origin may call if the operator allows it', async () => {
    const { sluice } = await startHouse({ corsOrigins: ['*'] })
    const { status, headers } = await chat(sluice, { origin: 'https://any.example' })
    expect(status).toBe(200)
    expect(headers['access-control-allow-origin']).toBe('https://any.example')
  })
})

it('knows the same caller again after a restart', async () => {
  const callers = []
  for (const keys of [KEYS, ['sk-third']]) {
    const sluice = await sluiceForTest({ keys, demo: { paceMs: 0 } })
    await chat(sluice, { authorization: 'Bearer sk-third' })
    callers.push((await sluice.logged(({ msg }) => msg === 'call')).caller)
  }
  expect(callers[0]).toBe(callers[1])
})
