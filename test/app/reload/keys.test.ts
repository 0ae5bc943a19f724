/** Keys and limits over a reload: a removed key ends what it opened, a new one works at once, and counts go on. */
import { Agent } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { createPair, hs256, signWithSecret, startIssuer } from '../../tools/access/tokens.ts'
import {
  CHAT,
  chatBody,
  CLAUDE,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import {
  callsOf,
  type House,
  sluiceForTest,
  startHouse,
  upstreamForTest,
} from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually, within } from '../../tools/app/within.ts'
import { CALL_DOORS, DOORS } from '../../tools/server/websocket/doors.ts'
import { isError, openClient } from '../../tools/server/websocket/open-client.ts'

const HALFWAY = { parts: [{ text: 'one two three four five six seven eight' }], pieces: 8 }
const STALLED = { ...HALFWAY, fault: { stallAfterEvents: 7 } }
/** It takes a moment. A busy machine may take longer; only a hang takes more. */
const ENDED_MS = 20_000

const as = (key: string) => ({ authorization: `Bearer ${key}` })
const GOES = 'key-that-goes'
const STAYS = 'key-that-stays'
const keys = [GOES, STAYS]

const startStalled = (options: Partial<AppOptions> = {}) =>
  startHouse({ keys, upstream: { reply: () => STALLED }, ...options })

const areBegun = (upstream: Awaited<ReturnType<typeof upstreamForTest>>, count = 1) =>
  eventually(
    'the streams have begun',
    () => callsOf(upstream).filter(({ bytesWritten }) => bytesWritten > 0).length === count,
  )

const ask = (sluice: House, key: string) =>
  sluice.send(CHAT, { body: chatBody(), headers: as(key) })

describe('a key that is removed', () => {
  it.each([
    ['Chat, relayed', CHAT, chatBody('hello', { stream: true })],
    ['Chat, translated', CHAT, chatBody('hello', { stream: true, model: CLAUDE })],
    ['Messages, relayed', MESSAGES, messagesBody('hello', { stream: true })],
    ['Responses, relayed', RESPONSES, responsesBody('hello', { stream: true })],
    ['Responses, translated', RESPONSES, responsesBody('hello', { stream: true, model: CLAUDE })],
  ])('ends its stream of %s with an error event', async (_, path, body) => {
    const { sluice, upstream } = await startStalled()
    const answer = sluice.send(path, { body, headers: as(GOES) })
    await areBegun(upstream)
    await sluice.reload({ keys: [STAYS] })
    const { status, text, broken } = await within(ENDED_MS, 'the end', answer)
    expect({ status, broken }).toEqual({ status: 200, broken: false })
    expect(text).toContain('is not accepted any more')
    await within(
      ENDED_MS,
      'the upstream is closed',
      callsOf(upstream)[0]?.closed ?? Promise.resolve(),
    )
    expect(await sluice.logged(({ msg }) => msg === 'call')).toMatchObject({
      outcome: 'unauthenticated',
      status: 401,
    })
  })

  it('ends a stream that begins after the reload', async () => {
    const { sluice, upstream } = await startHouse({
      keys,
      upstream: { reply: () => ({ ...STALLED, delayMs: 500 }) },
    })
    const body = chatBody('hello', { stream: true })
    const answer = sluice.send(CHAT, { body, headers: as(GOES) })
    await eventually('the upstream is asked', () => callsOf(upstream).length === 1)
    await sluice.reload({ keys: [STAYS] })
    expect((await within(ENDED_MS, 'the end', answer)).text).toContain('is not accepted any more')
  })

  it('ends no stream of another key, and no answer that is not streamed', async () => {
    const slow = { parts: [{ text: 'one two three' }], pieces: 3, paceMs: 200, delayMs: 200 }
    const { sluice, upstream } = await startHouse({ keys, upstream: { reply: () => slow } })
    const stream = sluice.send(CHAT, {
      body: chatBody('hello', { stream: true }),
      headers: as(STAYS),
    })
    const complete = ask(sluice, GOES)
    await eventually('both are asked for', () => callsOf(upstream).length === 2)
    await sluice.reload({ keys: [STAYS] })
    expect((await stream).text).toContain('[DONE]')
    expect((await complete).status).toBe(200)
  })

  it.each(DOORS.map((door) => [door.path, door] as const))(
    'ends its socket at %s with an error frame and 4401, and its upstream with it',
    async (path, door) => {
      const { sluice, underWay, openUpstreams } = await door.start({ keys })
      const client = await openClient(sluice.url, path, { headers: as(GOES) })
      const other = await openClient(sluice.url, path, { headers: as(STAYS) })
      client.send(door.frame)
      await underWay()
      const before = openUpstreams()
      await sluice.reload({ keys: [STAYS] })
      expect(await within(ENDED_MS, 'the close', client.closed)).toBe(4401)
      expect(client.frames.find(isError)).toMatchObject({
        error: { code: 'credential_expired' },
      })
      await eventually('its upstream is closed', () => openUpstreams() < before)
      expect(other.socket.readyState).toBe(other.socket.OPEN)
      other.socket.terminate()
    },
  )

  it('ends a socket that it opened with its first frame', async () => {
    const { sluice } = await startStalled()
    const client = await openClient(sluice.url, '/ws')
    client.send({ type: 'auth', api_key: GOES })
    client.send({ ...chatBody(), id: 'one' })
    await client.until('a piece', ({ choices }) => choices !== undefined)
    await sluice.reload({ keys: [STAYS] })
    expect(await within(ENDED_MS, 'the close', client.closed)).toBe(4401)
  })

  it('and every key opened afterwards, where none was needed before', async () => {
    const { sluice } = await startStalled({ keys: [] })
    const client = await openClient(sluice.url, '/ws')
    await sluice.reload({ keys: [STAYS] })
    expect(await within(ENDED_MS, 'the close', client.closed)).toBe(4401)
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(401)
  })

  it('is a token whose issuer is not trusted any more', async () => {
    const { sluice, upstream } = await startStalled({ keys: [], jwt: hs256 })
    const headers = as(await signWithSecret({}))
    const answer = sluice.send(CHAT, { body: chatBody('hello', { stream: true }), headers })
    await areBegun(upstream)
    await sluice.reload({ presets: false })
    await sluice.reload({ jwt: { ...hs256, issuer: 'https://another.example' } })
    expect((await within(ENDED_MS, 'the end', answer)).text).toContain('not accepted any more')
  })
})

describe('a token', () => {
  it('is accepted after a reload, although its issuer does not answer then', async () => {
    const pair = await createPair('ES256', 'one')
    const issuer = await startIssuer([pair.jwk])
    const jwt = {
      ...hs256,
      algorithms: ['ES256'],
      verifiedBy: { jwksUrl: issuer.jwksUrl },
    } as const
    const { sluice } = await startHouse({ jwt })
    const key = await pair.sign()
    expect((await ask(sluice, key)).status).toBe(200)
    issuer.answer.status = 500
    await sluice.reload({ presets: false })
    expect((await ask(sluice, key)).status).toBe(200)
    expect(issuer.requests).toHaveLength(1)
  })
})

describe('a key', () => {
  it('that is new works at once, and a removed one does not, also on a connection that is open', async () => {
    const { sluice } = await startHouse({ keys: [GOES] })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const status = async (key: string) =>
      (await sluice.send(CHAT, { body: chatBody(), headers: as(key), agent })).status
    expect([await status(GOES), await status(STAYS)]).toEqual([200, 401])
    await sluice.reload({ keys: [STAYS] })
    expect([await status(GOES), await status(STAYS)]).toEqual([401, 200])
    agent.destroy()
  })

  it.each(CALL_DOORS.map(({ path, frame }) => [path, frame] as const))(
    'that may use less from now on may use less on an open socket at %s',
    async (path, frame) => {
      const { sluice } = await startHouse({ keys: [STAYS] })
      const client = await openClient(sluice.url, path, { headers: as(STAYS) })
      await sluice.reload({ keys: [{ key: STAYS, models: ['claude-*'] }] })
      client.send(frame)
      expect(await client.until('an error', isError)).toMatchObject({
        status: 403,
        error: { code: 'model_not_allowed' },
      })
      client.socket.terminate()
    },
  )

  it('that ends sooner from now on ends its socket sooner', async () => {
    const { sluice } = await startHouse({ keys: [STAYS] })
    const client = await openClient(sluice.url, '/ws', { headers: as(STAYS) })
    await sluice.reload({ keys: [{ key: STAYS, expiresAtMs: Date.now() + 1_000 }] })
    expect(await within(ENDED_MS, 'the close', client.closed)).toBe(4401)
    expect(client.frames.find(isError)?.error?.message).toContain('has expired')
  })
})

describe('the counts of limits', () => {
  it('go on, with the numbers of the new configuration', async () => {
    const upstream = await upstreamForTest()
    const everyCaller = { requestsPerMinute: 3 }
    const sluice = await sluiceForTest({
      keys,
      providers: [openaiAt(upstream.url)],
      callerLimits: { everyCaller },
    })
    const statuses = async (count: number) => {
      const seen: number[] = []
      for (let at = 0; at < count; at++) seen.push((await ask(sluice, STAYS)).status)
      return seen
    }
    expect(await statuses(2)).toEqual([200, 200])
    await sluice.reload({ presets: false })
    expect(await statuses(2)).toEqual([200, 429])
    await sluice.reload({ callerLimits: { everyCaller: { requestsPerMinute: 1000 } } })
    expect(await statuses(1)).toEqual([200])
  })

  it('of streams are released by those that began before', async () => {
    const slow = { parts: [{ text: 'one two three' }], pieces: 3, paceMs: 150 }
    const { sluice, upstream } = await startHouse({
      keys,
      upstream: { reply: () => slow },
      callerLimits: { everyCaller: { concurrentStreams: 1 } },
    })
    const open = () =>
      sluice.send(CHAT, { body: chatBody('hello', { stream: true }), headers: as(STAYS) })
    const first = open()
    await areBegun(upstream)
    await sluice.reload({ presets: false })
    expect((await open()).status).toBe(429)
    expect((await first).text).toContain('[DONE]')
    expect((await open()).status).toBe(200)
  })
})

describe('secrets', () => {
  it('of the new configuration are removed from the log, and so are those that a call still uses', async () => {
    const upstream = await upstreamForTest({ reply: () => STALLED, keys: { openai: null } })
    const at = (apiKey: string) => [{ ...openaiAt(upstream.url), apiKey }]
    const sluice = await sluiceForTest({ providers: at('secret-of-before') })
    const leaving = new AbortController()
    const body = chatBody('hello', { stream: true })
    const answer = sluice.send(CHAT, { body, signal: leaving.signal }).catch(() => undefined)
    await areBegun(upstream)
    // It is no secret yet.
    await sluice.send(CHAT, { body: chatBody('hello', { model: 'y/secret-of-after' }) })
    const written = sluice.rawLog().length
    await sluice.reload({ providers: at('secret-of-after') })
    await sluice.send(CHAT, { body: chatBody('hello', { model: 'y/secret-of-after' }) })
    const asked = { body: chatBody('hello', { model: 'x/secret-of-before/secret-of-after' }) }
    await sluice.send(CHAT, asked)
    await sluice.logged(({ model }) => String(model).startsWith('x/'))
    leaving.abort()
    await answer
    expect(sluice.rawLog().slice(written)).not.toContain('secret-of-')
  })
})
