/** Which headers and which query travel with a relayed call, and which come back. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { anthropicAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { callsOf, sluiceForTest, startHouse, upstreamForTest } from '../../tools/app/house.ts'

const forwarded = async (headers: Record<string, string | undefined>, path = MESSAGES) => {
  const { sluice, upstream } = await startHouse()
  const body = path.startsWith(CHAT) ? chatBody() : messagesBody()
  const { status } = await sluice.send(path, { body, headers })
  expect(status).toBe(200)
  const [call] = callsOf(upstream)
  if (!call) throw new Error('nothing was forwarded')
  return call
}

describe('headers on their way to the upstream', () => {
  it('are forwarded if they are end-to-end', async () => {
    const headers = {
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'future-2031-01-01,context-1m-2025-08-07',
      'user-agent': 'claude-cli/2.1.0 (external, cli)',
      'x-stainless-lang': 'js',
      'x-app': 'cli',
      accept: 'text/event-stream',
      'x-header-of-2031': 'a, "b"; c',
    }
    expect((await forwarded(headers)).headers).toMatchObject(headers)
  })

  it('are forwarded to OpenAI, too', async () => {
    const headers = { 'openai-beta': 'future=v9', 'x-openai-internal-codex-responses-lite': 'true' }
    expect((await forwarded(headers, CHAT)).headers).toMatchObject(headers)
  })

  it.each([
    'authorization',
    'x-api-key',
    'x-goog-api-key',
    'api-key',
    'openai-organization',
    'openai-project',
    'proxy-authorization',
    'cookie',
    'origin',
    'referer',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-anything',
    'x-sluice-model',
    'x-sluice-anything',
    'te',
    'keep-alive',
    'forwarded',
  ])('are not forwarded: %s', async (name) => {
    const value = name === 'origin' ? 'vscode-webview://secret' : 'the-value-of-the-client'
    const { rawHeaders } = await forwarded({ [name]: value })
    expect(rawHeaders).not.toContain(value)
  })

  it.each([
    'X-Original-Authorization',
    'X-Forwarded-Access-Token',
    'X-Auth-Request-Access-Token',
    'X-Amz-Security-Token',
    'X-Amzn-Oidc-Accesstoken',
    'X-Amzn-Oidc-Data',
    'X-Goog-Iap-Jwt-Assertion',
    'X-Goog-User-Project',
    'X-Goog-Iam-Authorization-Token',
    'Cf-Access-Jwt-Assertion',
    'Cf-Access-Client-Secret',
    'Ocp-Apim-Subscription-Key',
    'X-Functions-Key',
    'Private-Token',
    'X-Vault-Token',
    'X-CSRF-Token',
    'Helicone-Auth',
    'X-Portkey-Api-Key',
    'LangSmith_Api_Key',
    'X-ApiKey',
    'X-Client-Secret',
    'X-User-Password',
    'Cookie2',
    'DPoP',
  ])('are not forwarded if they are a credential of another product: %s', async (name) => {
    for (const path of [MESSAGES, CHAT]) {
      const { rawHeaders } = await forwarded({ [name]: 'the-value-of-the-client' }, path)
      expect(rawHeaders).not.toContain('the-value-of-the-client')
    }
  })

  it.each([
    'X-Original-URL',
    'X-Original-Host',
    'X-Rewrite-URL',
    'X-Envoy-Original-Path',
    'X-HTTP-Method-Override',
    'X-Method-Override',
    'X-Host',
    'X-Base-URL',
    'X-Real-IP',
    'True-Client-IP',
    'X-Portkey-Custom-Host',
    'X-Portkey-Provider',
    'X-LiteLLM-Api-Base',
    'Helicone-Target-URL',
    'Helicone-OpenAI-Api-Base',
    'CF-AIG-Custom-Host',
    'X-BF-Base-URL',
  ])('are not forwarded if they steer a gateway or a proxy: %s', async (name) => {
    for (const path of [MESSAGES, CHAT]) {
      const { rawHeaders } = await forwarded({ [name]: 'the-value-of-the-client' }, path)
      expect(rawHeaders).not.toContain('the-value-of-the-client')
    }
  })

  it('are forwarded if they only end like one', async () => {
    const headers = { 'idempotency-key': 'one', 'x-opencode-session': 'two', session_id: 'three' }
    expect((await forwarded(headers)).headers).toMatchObject(headers)
  })

  it('are not forwarded if any of several Connection headers names them', async () => {
    const { sluice, upstream } = await startHouse()
    const client = await openRawClient(sluice.url)
    client.write(
      toRequest(CHAT, chatBody(), [
        'connection: X-First , x-second',
        'x-first: secret-1',
        'X-Second: secret-2',
        'Connection: keep-alive',
        'CONNECTION: close,x-third',
        'x-third: secret-3',
        'x-fourth: 4',
      ]),
    )
    await client.closed
    const [call] = callsOf(upstream)
    expect(call?.headers['x-fourth']).toBe('4')
    expect(JSON.stringify(call?.rawHeaders)).not.toContain('secret')
  })

  it('are not forwarded if Connection names them', async () => {
    const { headers } = await forwarded({
      connection: 'close, X-Of-This-Hop',
      'x-of-this-hop': '1',
    })
    expect(headers['x-of-this-hop']).toBeUndefined()
  })

  it('name the upstream, and the length of its request', async () => {
    const { headers, rawBody } = await forwarded({ host: 'localhost:1' })
    expect(headers.host).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(headers.host).not.toBe('localhost:1')
    expect(headers['content-length']).toBe(String(rawBody.length))
    expect(headers['transfer-encoding']).toBeUndefined()
  })

  it('request no compression, whatever the client accepts', async () => {
    const { headers } = await forwarded({ 'accept-encoding': 'gzip, br, zstd' })
    expect(headers['accept-encoding']).toBe('identity')
  })

  it('do not wait for a 100 that the client waited for', async () => {
    const { headers } = await forwarded({ expect: '100-continue' })
    expect(headers.expect).toBeUndefined()
  })

  it('carry the key of the target alone', async () => {
    const call = await forwarded({ authorization: 'Bearer of-the-client', 'x-api-key': 'another' })
    expect(call.headers['x-api-key']).toBe('sk-ant-upstream')
    expect(call.headers.authorization).toBeUndefined()
  })

  it('have no key if the target takes none', async () => {
    const upstream = await upstreamForTest({ keys: { openai: null, anthropic: null } })
    const sluice = await sluiceForTest({
      providers: [openaiAt(upstream.url), anthropicAt(upstream.url)].map(
        ({ name, vendor, baseUrl }) => ({ name, vendor, baseUrl }),
      ),
    })
    const headers = { authorization: 'Bearer of-the-client', 'x-api-key': 'another' }
    expect((await sluice.send(CHAT, { body: chatBody(), headers })).status).toBe(200)
    expect((await sluice.send(MESSAGES, { body: messagesBody(), headers })).status).toBe(200)
    for (const call of callsOf(upstream)) {
      expect(call.headers.authorization).toBeUndefined()
      expect(call.headers['x-api-key']).toBeUndefined()
    }
  })

  it('get Anthropic’s version if the client names none', async () => {
    expect((await forwarded({})).headers['anthropic-version']).toBe('2023-06-01')
  })

  it('say that the body is JSON if the client does not', async () => {
    const { headers } = await forwarded({ 'content-type': undefined })
    expect(headers['content-type']).toBe('application/json')
  })

  it('are none of the client on the translate lane', async () => {
    const { sluice, upstream } = await startHouse()
    const headers = {
      'anthropic-beta': 'future-2031-01-01',
      'x-stainless-lang': 'js',
      'user-agent': 'claude-cli/2.1.0',
      'x-header-of-2031': '1',
      authorization: 'Bearer of-the-client',
    }
    await sluice.send(MESSAGES, { body: messagesBody('hello', { model: GPT }), headers })
    await sluice.send(CHAT, { body: chatBody('hello', { model: CLAUDE }), headers })
    const calls = callsOf(upstream)
    expect(calls).toHaveLength(2)
    for (const { rawHeaders } of calls)
      for (const value of Object.values(headers)) expect(rawHeaders).not.toContain(value)
  })
})

describe('the query', () => {
  it.each([
    ['?beta=true', 'beta=true'],
    ['?a=%20b&c&&d=1=2', 'a=%20b&c&&d=1=2'],
    ['?key=secret', ''],
    ['?beta=true&key=secret&x=1', 'beta=true&x=1'],
    ['?monkey=1&keys=2', 'monkey=1&keys=2'],
    ['?k%65y=secret&x=1', 'x=1'],
    ['?', ''],
  ])('%s travels as %j', async (query, expected) => {
    expect((await forwarded({}, MESSAGES + query)).query).toBe(expected)
  })

  it('does not travel on the translate lane', async () => {
    const { sluice, upstream } = await startHouse()
    await sluice.send(`${MESSAGES}?beta=true`, { body: messagesBody('hello', { model: GPT }) })
    expect(callsOf(upstream)[0]?.query).toBe('')
  })
})

const FROM_UPSTREAM = {
  'set-cookie': '__cf_bm=1; path=/',
  'alt-svc': 'h3=":443"',
  'strict-transport-security': 'max-age=1',
  'access-control-allow-origin': 'https://evil.example',
  'access-control-expose-headers': 'x',
  'x-sluice-target': 'forged',
  'keep-alive': 'timeout=1234',
  'anthropic-ratelimit-requests-remaining': '7',
  'openai-processing-ms': '99',
  'x-header-of-2031': 'yes',
  'retry-after': '3',
}

describe('headers on their way back', () => {
  it.each([true, false])('pass but for those of the hop (streamed: %s)', async (stream) => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'hi' }], headers: FROM_UPSTREAM })
    const { headers } = await sluice.send(CHAT, { body: chatBody('hello', { stream }) })
    expect(headers).toMatchObject({
      'anthropic-ratelimit-requests-remaining': '7',
      'openai-processing-ms': '99',
      'x-header-of-2031': 'yes',
      'retry-after': '3',
      'x-sluice-target': `openai/${GPT}`,
    })
    for (const name of [
      'set-cookie',
      'alt-svc',
      'strict-transport-security',
      'access-control-allow-origin',
      'access-control-expose-headers',
    ])
      expect(headers[name]).toBeUndefined()
    expect(JSON.stringify(headers)).not.toContain('1234')
  })

  it('are present once each', async () => {
    const { sluice } = await startHouse()
    for (const stream of [true, false]) {
      const { rawHeaders } = await sluice.send(CHAT, { body: chatBody('hello', { stream }) })
      const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it.each([
    ['relayed', CLAUDE],
    ['translated', GPT],
  ])('instruct proxies not to change a stream: %s', async (_, model) => {
    const { sluice } = await startHouse()
    const { headers } = await sluice.send(MESSAGES, {
      body: messagesBody('hello', { stream: true, model }),
    })
    expect(headers['cache-control']).toBe('no-cache, no-transform')
    expect(headers['x-accel-buffering']).toBe('no')
    expect(headers['content-type']).toMatch(/^text\/event-stream/)
  })

  it('do not include the upstream’s own headers if the answer is translated', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'hi' }], headers: FROM_UPSTREAM })
    const { headers } = await sluice.send(MESSAGES, { body: messagesBody('x', { model: GPT }) })
    expect(headers['x-header-of-2031']).toBeUndefined()
    expect(headers['openai-processing-ms']).toBeUndefined()
  })

  it('report the number of attempts', async () => {
    const { sluice, upstream } = await startHouse()
    const { headers } = await sluice.send(CHAT, { body: chatBody() })
    expect(headers['x-sluice-attempts']).toBe('1')
    upstream.next({ fault: { status: 500 } })
    const second = await sluice.send(CHAT, { body: chatBody() })
    expect(second.headers['x-sluice-attempts']).toBe('2')
  })
})
