/** A call uses one configuration from its start to its end, whatever is loaded meanwhile. */
import { describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import {
  checkChatStream,
  checkGeminiStream,
  checkMessagesStream,
  checkResponsesStream,
} from '../../tools/checkers/index.ts'
import { CALL_DOORS, REALTIME } from '../../tools/server/websocket/doors.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'

/** Long enough that it is in progress while the configuration changes. */
const SLOW = { parts: [{ text: 'one two three four five six' }], pieces: 6, paceMs: 60 }
const WORDS = /one/
const GEMINI = '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse'

const isBegun = (upstream: Awaited<ReturnType<typeof upstreamForTest>>) =>
  eventually('the stream has begun', () =>
    callsOf(upstream).some(({ bytesWritten }) => bytesWritten > 0),
  )

describe('a stream in progress', () => {
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
    [
      'Gemini, relayed',
      GEMINI,
      { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
      checkGeminiStream,
    ],
  ])('of %s is complete, and later calls go elsewhere', async (_, path, body, check) => {
    const first = await upstreamForTest({ reply: () => SLOW })
    const second = await upstreamForTest()
    const at = (url: string) => [openaiAt(url), anthropicAt(url), geminiAt(url)]
    const sluice = await sluiceForTest({ providers: at(first.url) })
    const answer = sluice.send(path, { body })
    await isBegun(first)
    await sluice.reload({ providers: at(second.url) })
    const { status, bytes, text, broken } = await answer
    expect({ status, broken }).toEqual({ status: 200, broken: false })
    expect(check(bytes)).toEqual([])
    expect(text).toMatch(WORDS)

    await sluice.send(path, { body })
    expect(callsOf(first)).toHaveLength(1)
    expect(callsOf(second)).toHaveLength(1)
    await eventually('no connection to the first upstream is kept', () => first.openSockets() === 0)
  })

  it('falls back to the targets of its own configuration, and to no others', async () => {
    const [failing, own, other] = [
      await upstreamForTest({ reply: () => ({ fault: { status: 500 }, delayMs: 300 }) }),
      await upstreamForTest(),
      await upstreamForTest(),
    ]
    const failingAt = { ...openaiAt(failing.url), name: 'failing' }
    const sluice = await sluiceForTest({
      providers: [failingAt, { ...openaiAt(own.url), name: 'own' }],
      aliases: [{ name: 'pair', targets: [`failing/${GPT}`, `own/${GPT}`] }],
      retry: { retries: 0, baseMs: 1 },
    })
    const body = chatBody('hello', { model: 'pair', stream: true })
    const answer = sluice.send(CHAT, { body })
    await eventually('the first target is asked', () => callsOf(failing).length > 0)
    await sluice.reload({
      providers: [failingAt, { ...openaiAt(other.url), name: 'other' }],
      aliases: [{ name: 'pair', targets: [`failing/${GPT}`, `other/${GPT}`] }],
    })
    const { headers, text } = await answer
    expect(headers['x-sluice-target']).toBe(`own/${GPT}`)
    expect(checkChatStream(Buffer.from(text))).toEqual([])
    expect(callsOf(other)).toHaveLength(0)

    const later = await sluice.send(CHAT, { body })
    expect(later.headers['x-sluice-target']).toBe(`other/${GPT}`)
    expect(callsOf(own)).toHaveLength(1)
  })

  it('whose body was still arriving keeps the configuration that admitted it', async () => {
    const [first, second] = [await upstreamForTest(), await upstreamForTest()]
    const sluice = await sluiceForTest({ providers: [openaiAt(first.url)] })
    const text = JSON.stringify(chatBody())
    let finish: (() => void) | undefined
    const answer = fetch(`${sluice.url}${CHAT}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(Buffer.from(text.slice(0, 20)))
          finish = () => {
            controller.enqueue(Buffer.from(text.slice(20)))
            controller.close()
          }
        },
      }),
    } as RequestInit)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await sluice.reload({ providers: [openaiAt(second.url)] })
    finish?.()
    expect((await answer).status).toBe(200)
    expect([callsOf(first).length, callsOf(second).length]).toEqual([1, 0])
  })
})

describe('a socket', () => {
  it.each(CALL_DOORS.map(({ path, frame }) => [path, frame] as const))(
    '%s ends its call as it began, and begins the next with the new configuration',
    async (path, frame) => {
      const first = await upstreamForTest({ reply: () => SLOW })
      const second = await upstreamForTest()
      const sluice = await sluiceForTest({ providers: [openaiAt(first.url)] })
      const client = await openClient(sluice.url, path)
      const ends = () =>
        client.frames.filter(({ type }) => type === 'done' || type === 'response.completed')
      client.send(frame)
      await isBegun(first)
      await sluice.reload({ providers: [openaiAt(second.url)] })
      await eventually('the call has ended', () => ends().length === 1)
      client.send(frame)
      await eventually('the next call has ended', () => ends().length === 2)
      expect(client.frames.some(({ type }) => type === 'error')).toBe(false)
      expect([callsOf(first).length, callsOf(second).length]).toEqual([1, 1])
      client.socket.terminate()
    },
  )

  it('of a realtime conversation stays with its upstream', async () => {
    const [first, second] = [await startRealtime(), await startRealtime()]
    const sluice = await sluiceForTest({ providers: [openaiAt(first.url)] })
    const client = await openClient(sluice.url, REALTIME.path)
    await sluice.reload({ providers: [openaiAt(second.url)] })
    client.send('{"type":"session.update"}')
    await eventually('the frame arrives', () => first.received.length === 1)
    first.sockets[0]?.send('{"type":"session.updated"}')
    await client.until('the answer', ({ type }) => type === 'session.updated')
    const later = await openClient(sluice.url, REALTIME.path)
    expect([first.sockets.length, second.sockets.length]).toEqual([1, 1])
    client.socket.terminate()
    later.socket.terminate()
  })
})

describe('what is kept between calls', () => {
  it('is found after a reload: a run in the background', async () => {
    const { sluice, upstream } = await startHouse({ upstream: { reply: () => SLOW } })
    const { json } = await sluice.send(RESPONSES, {
      body: responsesBody('hello', { model: CLAUDE, background: true }),
    })
    await isBegun(upstream)
    await sluice.reload({ providers: [openaiAt(upstream.url)] })
    await sluice.logged(isCall)
    const read = await sluice.send(`${RESPONSES}/${String(json.id)}`)
    expect(read.json.status).toBe('completed')
    expect(JSON.stringify(read.json.output)).toMatch(WORDS)
  })

  it('is found after a reload: a response that its provider keeps, with the key of now', async () => {
    const upstream = await upstreamForTest({ keys: { openai: null } })
    const at = (apiKey: string) => [{ ...openaiAt(upstream.url), apiKey }]
    const sluice = await sluiceForTest({ providers: at('sk-before') })
    const { json } = await sluice.send(RESPONSES, { body: responsesBody() })
    await sluice.reload({ providers: at('sk-after') })
    const next = await sluice.send(RESPONSES, {
      body: responsesBody('more', { previous_response_id: json.id }),
    })
    expect(next.status).toBe(200)
    const read = await sluice.send(`${RESPONSES}/${String(json.id)}`)
    expect(read.status).toBe(200)
    expect(upstream.calls.at(-1)?.headers.authorization).toBe('Bearer sk-after')
  })

  it('is found after a reload: a response of a server on this machine', async () => {
    const upstream = await upstreamForTest({ keys: { openai: null } })
    const sluice = await sluiceForTest({ localPorts: { vllm: Number(new URL(upstream.url).port) } })
    const body = responsesBody('hello', { model: `vllm/${GPT}` })
    const { json } = await sluice.send(RESPONSES, { body })
    const read = async () => (await sluice.send(`${RESPONSES}/${String(json.id)}`)).status
    expect(await read()).toBe(200)
    await sluice.reload({ presets: false })
    expect(await read()).toBe(200)
    expect((await sluice.send(RESPONSES, { body })).status).toBe(200)
  })

  it('is refused after a reload that removes the provider: a response that it keeps', async () => {
    const { sluice } = await startHouse()
    const { json } = await sluice.send(RESPONSES, { body: responsesBody() })
    await sluice.reload({ providers: [] })
    const read = await sluice.send(`${RESPONSES}/${String(json.id)}`)
    expect(read.status).toBe(404)
    expect(read.json.error).toMatchObject({ code: 'response_not_found' })
  })
})
