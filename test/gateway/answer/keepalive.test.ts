/** A stream that is silent for long is opened with comments, and the call continues. */
import { describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
} from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import {
  checkChatStream,
  checkMessagesStream,
  checkResponsesStream,
} from '../../tools/checkers/index.ts'

const openAfterMs = 40
const delayMs = 400
const parts = [{ text: 'one two three four' }]
const stream = true

const WAYS = [
  ['chat', 'relayed', CHAT, chatBody('x', { stream }), checkChatStream],
  ['chat', 'translated', CHAT, chatBody('x', { stream, model: CLAUDE }), checkChatStream],
  ['messages', 'relayed', MESSAGES, messagesBody('x', { stream }), checkMessagesStream],
  [
    'messages',
    'translated',
    MESSAGES,
    messagesBody('x', { stream, model: GPT }),
    checkMessagesStream,
  ],
  ['responses', 'relayed', RESPONSES, { model: GPT, input: 'x', stream }, checkResponsesStream],
] as const

describe.each(WAYS)('a silent %s stream, %s', (_client, _lane, path, body, check) => {
  it('opens with a 200 and comments, and is then the stream', async () => {
    const { sluice, upstream } = await startHouse({ openAfterMs })
    upstream.next({ parts, delayMs })
    const { status, headers, text, bytes } = await sluice.send(path, { body })
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-sluice-attempts': '1',
      'x-sluice-target': expect.any(String),
      'x-sluice-model': body.model,
    })
    expect(text).toMatch(/^: keepalive\n\n: keepalive\n\n/)
    expect(check(bytes)).toEqual([])
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'ok', attempts: 1 })
  })

  it('is retried after it', async () => {
    const { sluice, upstream } = await startHouse({ openAfterMs })
    upstream.next({ delayMs, fault: { status: 500 } }, { fault: { status: 503 } }, { parts })
    const { status, bytes, text } = await sluice.send(path, { body })
    expect(status).toBe(200)
    expect(check(bytes)).toEqual([])
    expect(text).not.toContain('"error":{')
    expect(callsOf(upstream)).toHaveLength(3)
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'ok', attempts: 3 })
  })

  it('ends with the error that it would have been', async () => {
    const { sluice, upstream } = await startHouse({ openAfterMs })
    upstream.next({ delayMs, fault: { status: 400 } })
    const { status, bytes, text } = await sluice.send(path, { body })
    expect(status).toBe(200)
    expect(text).toMatch(/^: keepalive\n\n/)
    expect(check(bytes)).toEqual([])
    expect(text).toContain('"error"')
    expect(await sluice.logged(isCall)).toMatchObject({
      outcome: 'upstream_rejected',
      status: 400,
    })
  })

  it('ends with an error if the answer is not a stream', async () => {
    const { sluice, upstream } = await startHouse({ openAfterMs })
    const rawBytes = [Buffer.from('so it goes')]
    upstream.next({ delayMs, fault: { rawBytes, contentType: 'text/plain' } })
    const { bytes, text } = await sluice.send(path, { body })
    expect(check(bytes)).toEqual([])
    expect(text).not.toContain('so it goes')
  })
})

it('falls back after it', async () => {
  const { sluice, upstream } = await startHouse({
    openAfterMs,
    aliases: [{ name: 'best', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
  })
  upstream.next({ delayMs, fault: { status: 429 } }, { parts })
  const body = messagesBody('x', { model: 'best', stream })
  const { bytes } = await sluice.send(MESSAGES, { body })
  expect(checkMessagesStream(bytes)).toEqual([])
  expect(await sluice.logged(isCall)).toMatchObject({
    outcome: 'ok',
    attempts: 2,
    target: `anthropic/${CLAUDE}`,
  })
})

it('redacts configured keys in a later error', async () => {
  const { sluice, upstream } = await startHouse({ openAfterMs })
  const body = { error: { message: 'sk-upstream-openai is wrong', type: 'x' } }
  upstream.next({ delayMs, fault: { status: 401, body } })
  const { text } = await sluice.send(CHAT, { body: chatBody('x', { stream }) })
  expect(text).toContain('[redacted] is wrong')
})

it('does not open an answer that is not a stream', async () => {
  const { sluice, upstream } = await startHouse({ openAfterMs })
  upstream.next({ delayMs, fault: { status: 400 } })
  const { status, text } = await sluice.send(CHAT, { body: chatBody() })
  expect(status).toBe(400)
  expect(text).not.toContain('keepalive')
})

it('adds no comment to a stream that has begun', async () => {
  const { sluice, upstream } = await startHouse({ openAfterMs: 500 })
  const rawBytes = ['one', 'two'].map((content) =>
    Buffer.from(`data: {"choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`),
  )
  upstream.next({ fault: { rawBytes }, paceMs: 600 })
  const { text } = await sluice.send(CHAT, { body: chatBody('x', { stream }) })
  expect(text).toContain('two')
  expect(text).not.toContain('keepalive')
})

it('gets heartbeats at a minimum interval, even if it is opened at once', async () => {
  const { sluice, upstream } = await startHouse({ openAfterMs: 0 })
  upstream.next({ parts, delayMs })
  const startedAt = performance.now()
  const { text, bytes } = await sluice.send(CHAT, { body: chatBody('x', { stream }) })
  const comments = text.split(': keepalive').length - 1
  expect(comments).toBeGreaterThan(0)
  expect(comments).toBeLessThan(2 + (performance.now() - startedAt) / 100)
  expect(checkChatStream(bytes)).toEqual([])
})
