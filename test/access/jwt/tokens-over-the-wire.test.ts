/** Tokens at every door, with the keys of a running issuer. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { createPair, hs256, signWithSecret, startIssuer } from '../../tools/access/tokens.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'
import {
  isDone,
  isError,
  openClient,
  refusedClient,
} from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

const startWithIssuer = async () => {
  const pair = await createPair('ES256', 'one')
  const issuer = await startIssuer([pair.jwk])
  const { jwksUrl } = issuer
  const house = await startHouse({
    keys: ['sk-one'],
    jwt: { ...hs256, algorithms: ['ES256'], verifiedBy: { jwksUrl } },
  })
  return { ...house, pair, issuer }
}

describe('over HTTP', () => {
  it('a token calls by each header, beside keys, and its keys are fetched once', async () => {
    const { sluice, upstream, pair, issuer } = await startWithIssuer()
    const token = await pair.sign()
    for (const headers of [bearer(token), { 'x-api-key': token }, { 'x-goog-api-key': token }])
      expect((await sluice.send(CHAT, { body: chatBody(), headers })).status).toBe(200)
    const both = { ...bearer(token), 'x-api-key': 'sk-wrong' }
    expect((await sluice.send(CHAT, { body: chatBody(), headers: both })).status).toBe(200)
    const key = await sluice.send(CHAT, { body: chatBody(), headers: bearer('sk-one') })
    expect(key.status).toBe(200)
    expect(issuer.requests).toEqual(['/keys.json'])
    expect(JSON.stringify(callsOf(upstream).map(({ rawHeaders }) => rawHeaders))).not.toContain(
      token,
    )
    expect(sluice.rawLog()).not.toContain(token)
    expect(sluice.rawLog()).not.toContain(token.split('.')[1])
  })

  it.each([
    ['Chat', CHAT, chatBody(), checkChatError],
    ['Messages', MESSAGES, messagesBody(), checkMessagesError],
  ])('a wrong one is a 401 in the dialect of %s', async (_, path, body, check) => {
    const { sluice, upstream } = await startHouse({ jwt: hs256 })
    const token = await signWithSecret({}, { secret: 'x'.repeat(40) })
    for (const headers of [bearer(token), bearer(`${token}x`), bearer('eyJ.x.y'), {}]) {
      const refused = await sluice.send(path, { body, headers })
      expect(refused.status).toBe(401)
      expect(check(refused.json)).toEqual([])
    }
    expect(upstream.calls).toEqual([])
    expect(sluice.rawLog()).not.toContain(token.split('.')[1])
  })

  it('its models are all that it may use', async () => {
    const { sluice, upstream } = await startHouse({ jwt: hs256 })
    const headers = bearer(await signWithSecret({ models: ['claude-*'] }))
    expect((await sluice.send(CHAT, { body: chatBody(), headers })).status).toBe(403)
    expect(upstream.calls).toEqual([])
    const list = await sluice.send('/v1/models', { headers })
    expect(list.text).toContain('claude')
    expect(list.text).not.toContain('gpt')
  })

  it('an issuer that fails or says too much is a 503, and keys go on', async () => {
    for (const body of [undefined, 'x'.repeat(300_000)]) {
      const { sluice, issuer, pair } = await startWithIssuer()
      Object.assign(issuer.answer, body === undefined ? { status: 500 } : { body })
      const headers = bearer(await pair.sign())
      const refused = await sluice.send(CHAT, { body: chatBody(), headers })
      expect(refused.status).toBe(503)
      expect(refused.text).not.toContain(issuer.jwksUrl)
      const key = await sluice.send(CHAT, { body: chatBody(), headers: bearer('sk-one') })
      expect(key.status).toBe(200)
    }
  })

  it('a client that leaves while the keys are fetched reaches no upstream', async () => {
    const { sluice, upstream, issuer, pair } = await startWithIssuer()
    issuer.answer.delayMs = 300
    const leaving = new AbortController()
    const headers = bearer(await pair.sign())
    const sent = sluice.send(CHAT, { body: chatBody(), headers, signal: leaving.signal })
    setTimeout(() => leaving.abort(), 100)
    await expect(sent).rejects.toThrow()
    expect((await sluice.send(CHAT, { body: chatBody(), headers })).status).toBe(200)
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('a token does not open /admin', async () => {
    const { sluice } = await startHouse({ jwt: hs256, adminKeys: ['sk-admin'] })
    for (const claims of [{}, { admin: true, role: 'admin', scope: 'admin' }]) {
      const headers = bearer(await signWithSecret(claims))
      expect((await sluice.send('/admin', { headers })).status).toBe(403)
    }
  })
})

describe('on a socket', () => {
  it('a token opens by header, by sub-protocol and by first frame', async () => {
    const { sluice, issuer, pair } = await startWithIssuer()
    issuer.answer.delayMs = 50
    const token = await pair.sign()
    const byHeader = await openClient(sluice.url, '/ws', { headers: bearer(token) })
    const byProtocol = await openClient(sluice.url, '/ws', {
      protocols: ['realtime', `openai-insecure-api-key.${token}`],
    })
    const byFrame = await openClient(sluice.url, '/ws')
    byFrame.send({ type: 'auth', api_key: token })
    for (const client of [byHeader, byProtocol, byFrame]) {
      client.send({ id: 'a', ...chatBody() })
      await client.until('the end', isDone('a'))
    }
    expect(sluice.rawLog()).not.toContain(token)
  })

  it('frames behind a token that is still being verified wait for it, in order', async () => {
    const { sluice, issuer, pair } = await startWithIssuer()
    issuer.answer.delayMs = 100
    const client = await openClient(sluice.url, '/ws')
    client.send({ type: 'auth', api_key: await pair.sign() })
    for (const id of ['a', 'b', 'c']) client.send({ id, ...chatBody() })
    for (const id of ['a', 'b', 'c']) await client.until(id, isDone(id))
    expect(client.frames.filter(isError)).toEqual([])
  })

  it('a wrong one is a 401 at the upgrade, and 4401 behind it', async () => {
    const { sluice } = await startHouse({ jwt: hs256 })
    const token = await signWithSecret({ aud: 'other' })
    for (const path of ['/ws', '/v1/responses', '/v1/realtime?model=gpt-realtime']) {
      const refused = await refusedClient(sluice.url, path, { headers: bearer(token) })
      expect(refused.status).toBe(401)
    }
    const late = await openClient(sluice.url, '/ws')
    late.send({ type: 'auth', api_key: token })
    late.send({ id: 'a', ...chatBody() })
    expect(await late.until('the refusal', isError)).toMatchObject({ status: 401 })
    expect(await late.closed).toBe(4401)
  })

  it('a token opens a realtime conversation', async () => {
    const upstream = await startRealtime()
    const sluice = await sluiceForTest({ jwt: hs256, providers: [openaiAt(upstream.url)] })
    const path = '/v1/realtime?model=gpt-realtime'
    await openClient(sluice.url, path, { headers: bearer(await signWithSecret()) })
    expect(upstream.requests.at(-1)?.headers.authorization).toBe('Bearer sk-upstream-openai')
  })
})
