/** Usage that no client asked for. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../../tools/app/house.ts'
import { isCall } from '../../../tools/app/start-sluice.ts'
import { checkChatStream } from '../../../tools/checkers/index.ts'

const usage = { input: 1000, output: 77, cacheRead: 600 }
const ANSWER = { parts: [{ text: 'one two three four' }], usage }
const stream = { stream: true }

describe('a relayed chat stream', () => {
  it('is not changed if usage was not requested: the log line has an estimate, and says so', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next(ANSWER)
    const body = chatBody('hello', stream)
    const { bytes, text } = await sluice.send(CHAT, { body })
    expect(checkChatStream(bytes, { includeUsage: false })).toEqual([])
    expect(text).not.toContain('prompt_tokens')
    expect(callsOf(upstream)[0]?.body).toEqual(body)
    const line = await sluice.logged(isCall)
    expect(line.estimated).toBe(true)
    expect(line.tokensIn).toBeGreaterThan(0)
    expect(line.tokensOut).toBeGreaterThan(0)
  })

  it('logs the usage that a client requested', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next(ANSWER)
    const body = chatBody('hello', { ...stream, stream_options: { include_usage: true } })
    const { bytes } = await sluice.send(CHAT, { body })
    expect(checkChatStream(bytes, { includeUsage: true })).toEqual([])
    expect(await sluice.logged(isCall)).toMatchObject({
      tokensIn: 1000,
      tokensOut: 77,
      tokensCached: 600,
      estimated: false,
    })
  })
})

describe('with inject_usage', () => {
  const openai = { injectUsage: true }

  it.each([
    ['no options', undefined],
    ['options without it', { include_obfuscation: false }],
    ['options that say no', { include_usage: false }],
    ['options that are null', null],
  ])('is requested, and the extra chunk removed: %s', async (_, options) => {
    const { sluice, upstream } = await startHouse({ openai })
    upstream.next(ANSWER)
    const body = chatBody('hello', {
      ...stream,
      ...(options === undefined ? {} : { stream_options: options }),
    })
    const { bytes, text } = await sluice.send(CHAT, { body })
    expect(text).not.toContain('prompt_tokens')
    expect(text).not.toContain('"choices":[]')
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(checkChatStream(bytes, { includeUsage: false })).toEqual([])
    expect(callsOf(upstream)[0]?.body).toEqual({
      ...body,
      stream_options: { ...options, include_usage: true },
    })
    expect(await sluice.logged(isCall)).toMatchObject({
      tokensIn: 1000,
      tokensOut: 77,
      tokensCached: 600,
      estimated: false,
    })
  })

  it('changes nothing else in the body', async () => {
    const { sluice, upstream } = await startHouse({ openai })
    const written = '{ "model": "gpt-4o", "stream":true, "n":1.0, "x":"\\u0041}" \n}  '
    await sluice.send(CHAT, { body: written })
    expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(
      '{ "model": "gpt-4o", "stream":true, "n":1.0, "x":"\\u0041}" \n,"stream_options":{"include_usage":true}}  ',
    )
  })

  it('does not change invalid options: the upstream reports them', async () => {
    const { sluice, upstream } = await startHouse({ openai })
    const body = '{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":tru}}'
    expect(await sluice.send(CHAT, { body })).toMatchObject({
      status: 400,
      json: { error: { type: 'invalid_request_error' } },
    })
    expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(body)
  })

  it('changes nothing else in the stream, however it is split', async () => {
    const before =
      ': comment\r\n\r\ndata:{"choices":[{"index":0,"delta":{"content":"é \\u0041"}}],"usage":null}\r\n\r\nid: 7\nevent: x\ndata: {"choices":[],"usage":null}\n\n'
    const extra =
      'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11}}\n\n'
    const after =
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n: bye\n'
    for (const size of [1, 7, 10_000]) {
      const { sluice, upstream } = await startHouse({ openai })
      const bytes = Buffer.from(before + extra + after)
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
      upstream.next({ fault: { rawBytes: pieces } })
      expect((await sluice.send(CHAT, { body: chatBody('x', stream) })).text).toBe(before + after)
      expect(await sluice.logged(isCall)).toMatchObject({ tokensIn: 5, tokensOut: 6 })
    }
  })

  it('removes nothing if the client requested usage itself', async () => {
    const { sluice, upstream } = await startHouse({ openai })
    upstream.next(ANSWER)
    const body = chatBody('hello', { ...stream, stream_options: { include_usage: true } })
    const { bytes } = await sluice.send(CHAT, { body })
    expect(checkChatStream(bytes, { includeUsage: true })).toEqual([])
    expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(JSON.stringify(body))
  })

  it('does nothing to an answer that is not streamed', async () => {
    const { sluice, upstream } = await startHouse({ openai })
    const body = chatBody()
    await sluice.send(CHAT, { body })
    expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(JSON.stringify(body))
  })

  it('still ends a stream that was cut with an error', async () => {
    const { sluice, upstream } = await startHouse({ openai })
    upstream.next({ ...ANSWER, fault: { cutAfterEvents: 3 } })
    const { bytes, text } = await sluice.send(CHAT, { body: chatBody('x', stream) })
    expect(checkChatStream(bytes)).toEqual([])
    expect(text).toContain('"error"')
  })
})

describe('the translate lane', () => {
  it('always requests usage, and sends it to a client that requested it', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next(ANSWER)
    await sluice.send(MESSAGES, { body: messagesBody('hello', { ...stream, model: GPT }) })
    expect(callsOf(upstream)[0]?.body).toMatchObject({ stream_options: { include_usage: true } })
    expect(await sluice.logged(isCall)).toMatchObject({
      tokensIn: 1000,
      tokensOut: 77,
      tokensCached: 600,
      estimated: false,
    })
  })

  it.each([true, false])(
    'adds the chunk for a Chat client that requested it: %s',
    async (include_usage) => {
      const { sluice } = await startHouse()
      const { bytes } = await sluice.send(CHAT, {
        body: chatBody('hello', { ...stream, model: CLAUDE, stream_options: { include_usage } }),
      })
      expect(checkChatStream(bytes, { includeUsage: include_usage })).toEqual([])
    },
  )
})
