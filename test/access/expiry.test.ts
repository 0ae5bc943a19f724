/** A key or token that ends while something is open ends it, in its dialect. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Caller, whenExpired } from '#access'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../tools/app/asks.ts'
import {
  callsOf,
  type House,
  sluiceForTest,
  startHouse,
  upstreamForTest,
} from '../tools/app/house.ts'
import { geminiAt } from '../tools/app/start-sluice.ts'
import { within } from '../tools/app/within.ts'
import { hs256, signWithSecret } from '../tools/access/tokens.ts'
import {
  checkChatStream,
  checkGeminiStream,
  checkMessagesStream,
  checkResponsesStream,
} from '../tools/checkers/index.ts'
import { CALL_DOORS, REALTIME } from '../tools/server/websocket/doors.ts'
import { isError, openClient } from '../tools/server/websocket/open-client.ts'

const HALFWAY = { parts: [{ text: 'one two three four five six seven eight' }], pieces: 8 }
const STALLED = { ...HALFWAY, fault: { stallAfterEvents: 7 } }
const SOON_MS = 1_500
/** From the end of the key. A busy machine may take a while; only a hang takes longer. */
const ENDED_MS = 20_000

const soon = () => ({ key: 'sk-one', expiresAtMs: Date.now() + SOON_MS })

const KEY = { authorization: 'Bearer sk-one' }

const ended = (sluice: House, path: string, body: object) =>
  within(SOON_MS + ENDED_MS, 'the end', sluice.send(path, { body, headers: KEY }))

describe('a stream', () => {
  it.each([
    ['Chat, relayed', CHAT, chatBody('hello', { stream: true }), checkChatStream],
    ['Chat, translated', CHAT, chatBody('hello', { stream: true, model: CLAUDE }), checkChatStream],
    ['Messages, relayed', MESSAGES, messagesBody('hello', { stream: true }), checkMessagesStream],
    [
      'Messages, translated',
      MESSAGES,
      messagesBody('hello', { stream: true, model: GPT }),
      checkMessagesStream,
    ],
    [
      'Responses, relayed',
      RESPONSES,
      responsesBody('hello', { stream: true }),
      checkResponsesStream,
    ],
    [
      'Responses, translated',
      RESPONSES,
      responsesBody('hello', { stream: true, model: CLAUDE }),
      checkResponsesStream,
    ],
  ])('of %s ends with an error event, and its upstream with it', async (_, path, body, check) => {
    const { sluice, upstream } = await startHouse({
      keys: [soon()],
      upstream: { reply: () => STALLED },
    })
    const { status, text, bytes, broken } = await ended(sluice, path, body)
    expect(status).toBe(200)
    expect(broken).toBe(false)
    expect(text).toContain('one')
    expect(text).toContain('has expired')
    // What the checker finds is the error that is expected, and no broken frame.
    expect(check(bytes).filter((fault) => !/expired|error/i.test(fault))).toEqual([])
    await within(ENDED_MS, 'the upstream is closed', callsOf(upstream)[0]?.closed ?? sleep(0))
    expect(callsOf(upstream)[0]?.closedEarly).toBe(true)
    expect(await sluice.logged(({ msg }) => msg === 'call')).toMatchObject({
      outcome: 'unauthenticated',
      status: 401,
    })
  })

  it('of Gemini ends so, too', async () => {
    const upstream = await upstreamForTest({ reply: () => STALLED })
    const sluice = await sluiceForTest({ keys: [soon()], providers: [geminiAt(upstream.url)] })
    const { status, text, bytes, broken } = await ended(
      sluice,
      '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
    )
    expect({ status, broken }).toEqual({ status: 200, broken: false })
    expect(text).toContain('UNAUTHENTICATED')
    expect(checkGeminiStream(bytes).filter((fault) => !/expired|error/i.test(fault))).toEqual([])
  })

  it('of a model in this process ends so, too', async () => {
    const sluice = await sluiceForTest({ keys: [soon()], demo: { paceMs: 500 } })
    const words = 'word '.repeat(200)
    const body = chatBody(words, { stream: true, model: 'demo/demo' })
    expect((await ended(sluice, CHAT, body)).text).toContain('has expired')
  })

  it('that was opened early ends so, too', async () => {
    const { sluice } = await startHouse({
      keys: [soon()],
      openAfterMs: 100,
      upstream: { reply: () => ({ ...HALFWAY, fault: { stallAfterEvents: 0 } }) },
    })
    const { text, broken } = await ended(sluice, CHAT, chatBody('hello', { stream: true }))
    expect(broken).toBe(false)
    expect(text).toContain('keepalive')
    expect(text).toContain('has expired')
  })

  it('of a run in the background ends for its reader', async () => {
    const { sluice } = await startHouse({ keys: [soon()], upstream: { reply: () => STALLED } })
    const body = responsesBody('hello', { model: CLAUDE, background: true, stream: true })
    const { text, broken } = await ended(sluice, RESPONSES, body)
    expect(broken).toBe(false)
    expect(text).toContain('credential_expired')
  })

  it('of a token ends with it', async () => {
    const { sluice } = await startHouse({ jwt: hs256, upstream: { reply: () => STALLED } })
    const token = await signWithSecret({ exp: 3 })
    const { text } = await within(
      3_000 + ENDED_MS,
      'the end',
      sluice.send(CHAT, {
        body: chatBody('hello', { stream: true }),
        headers: { authorization: `Bearer ${token}` },
      }),
    )
    expect(text).toContain('has expired')
  })

  it('that ends before its key ends well', async () => {
    const { sluice } = await startHouse({ keys: [soon()] })
    const { text } = await ended(sluice, CHAT, chatBody('hello', { stream: true }))
    await sleep(SOON_MS + 200)
    expect(text).not.toContain('expired')
    expect(text).toContain('[DONE]')
    expect(await sluice.logged(({ msg }) => msg === 'call')).toMatchObject({ outcome: 'ok' })
  })

  it('that another key opened goes on', async () => {
    const { sluice, upstream } = await startHouse({
      keys: [soon(), 'sk-two'],
      upstream: { reply: () => STALLED },
    })
    const leaving = new AbortController()
    const other = sluice
      .send(CHAT, {
        body: chatBody('hello', { stream: true }),
        headers: { authorization: 'Bearer sk-two' },
        signal: leaving.signal,
      })
      .catch(() => undefined)
    await ended(sluice, CHAT, chatBody('hello', { stream: true }))
    expect(callsOf(upstream).filter(({ closedEarly }) => closedEarly).length).toBeLessThan(2)
    leaving.abort()
    await other
  })
})

describe('an answer that is not streamed', () => {
  it.each([
    ['relayed', GPT],
    ['translated', CLAUDE],
  ])('and was begun before its key ended is still sent: %s', async (_, model) => {
    const { sluice } = await startHouse({
      keys: [soon()],
      upstream: { reply: () => ({ ...HALFWAY, delayMs: SOON_MS + 500 }) },
    })
    const { status, text } = await ended(sluice, CHAT, chatBody('hello', { model }))
    expect(status).toBe(200)
    expect(text).toContain('eight')
    expect(await sluice.logged(({ msg }) => msg === 'call')).toMatchObject({ outcome: 'ok' })
    const next = await sluice.send(CHAT, { body: chatBody(), headers: KEY })
    expect(next.status).toBe(401)
  })
})

describe('a socket', () => {
  it.each([...CALL_DOORS, REALTIME].map((door) => [door.path, door] as const))(
    '%s gets an error frame and closes with 4401, and its upstream closes',
    async (path, { start, frame }) => {
      const { sluice, underWay } = await start({ keys: [soon()] })
      const client = await openClient(sluice.url, path, { headers: KEY })
      client.send(frame)
      await underWay()
      const error = await within(SOON_MS + ENDED_MS, 'the frame', client.until('it', isError))
      expect(error).toMatchObject({ error: { code: 'credential_expired' } })
      expect(await within(ENDED_MS, 'the close', client.closed)).toBe(4401)
      expect(await sluice.logged(({ msg }) => msg === 'call')).toBeDefined()
    },
  )

  it('without a call closes, too, and was admitted by its first frame', async () => {
    const { sluice } = await startHouse({ keys: [soon()] })
    const client = await openClient(sluice.url, '/ws')
    client.send({ type: 'auth', api_key: 'sk-one' })
    expect(await within(SOON_MS + ENDED_MS, 'the close', client.closed)).toBe(4401)
  })
})

describe('the end of a key', () => {
  const callerUntil = (expiresAtMs: number): Caller => ({ id: 'a', expiresAtMs })

  it('is never told before the return, and once', async () => {
    let ends = 0
    whenExpired(callerUntil(0), () => void ends++)
    expect(ends).toBe(0)
    await sleep(50)
    expect(ends).toBe(1)
  })

  it('is not told to who has stopped, or for a key without one', async () => {
    let ends = 0
    whenExpired(callerUntil(0), () => void ends++)()
    whenExpired({ id: 'a' }, () => void ends++)()
    // Further away than a timer reaches.
    const stop = whenExpired(callerUntil(Date.now() + 2 ** 40), () => void ends++)
    await sleep(50)
    stop()
    expect(ends).toBe(0)
  })
})
