/** Each deadline by itself, settable per target. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_DEADLINES } from '#providers'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import {
  checkChatStream,
  checkMessagesError,
  checkMessagesStream,
} from '../../tools/checkers/index.ts'

const parts = [{ text: 'one two three four five six' }]

it('have the documented defaults', () => {
  expect(DEFAULT_DEADLINES).toEqual({
    connectMs: 10_000,
    firstEventMs: 600_000,
    firstByteMs: 3_600_000,
    idleMs: 300_000,
  })
})

const deadlines = (values: object) => ({
  openai: { deadlines: values },
  anthropic: { deadlines: values },
})

describe.each([GPT, CLAUDE])('a target that is silent, %s', (model) => {
  it.each([
    ['before the first event of a stream', { firstEventMs: 60 }, true],
    ['before an answer that is not streamed', { firstByteMs: 60 }, false],
  ])('%s is a 504, and not tried again', async (_, values, stream) => {
    const { sluice, upstream } = await startHouse(deadlines(values))
    upstream.next({ fault: { neverAnswer: true } })
    const body = messagesBody('x', { model, stream })
    const { status, json } = await sluice.send(MESSAGES, { body })
    expect(status).toBe(504)
    expect(checkMessagesError(json)).toEqual([])
    expect(json).toMatchObject({ error: { type: 'timeout_error' } })
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'upstream_timeout', attempts: 1 })
    await callsOf(upstream)[0]?.closed
  })

  it('in the head of a stream alone is still waited for', async () => {
    const { sluice, upstream } = await startHouse(deadlines({ firstEventMs: 80 }))
    // The head comes, and no event.
    upstream.next({
      parts,
      fault: { rawBytes: [Buffer.from(': hi\n\n'), Buffer.from(': \n\n')] },
      paceMs: 5_000,
    })
    const { status } = await sluice.send(MESSAGES, {
      body: messagesBody('x', { model, stream: true }),
    })
    expect(status).toBe(504)
    await callsOf(upstream)[0]?.closed
  })

  it('in the middle of an answer that is not streamed is a 504', async () => {
    const { sluice, upstream } = await startHouse(deadlines({ firstByteMs: 60 }))
    upstream.next({ parts, fault: { stallAfterEvents: 1 } })
    const { status } = await sluice.send(MESSAGES, { body: messagesBody('x', { model }) })
    expect(status).toBe(504)
    await callsOf(upstream)[0]?.closed
  })

  it('between two pieces ends the stream with an error', async () => {
    const { sluice, upstream } = await startHouse(deadlines({ idleMs: 60 }))
    upstream.next({ parts, fault: { stallAfterEvents: 4 } })
    const body = messagesBody('x', { model, stream: true })
    const { status, bytes, text } = await sluice.send(MESSAGES, { body })
    expect(status).toBe(200)
    expect(checkMessagesStream(bytes)).toEqual([])
    expect(text).toContain('"timeout_error"')
    expect((await sluice.logged(isCall)).outcome).toBe('upstream_timeout')
    await callsOf(upstream)[0]?.closed
  })

  it('for less than the deadline each time is waited for', async () => {
    const { sluice, upstream } = await startHouse(deadlines({ firstEventMs: 300, idleMs: 300 }))
    upstream.next({ parts, pieces: 8, paceMs: 60, delayMs: 100 })
    const body = messagesBody('x', { model, stream: true })
    const { bytes, text } = await sluice.send(MESSAGES, { body })
    expect(checkMessagesStream(bytes)).toEqual([])
    expect(text).toContain('message_stop')
  })

  it('has no total deadline unless one is set', async () => {
    const { sluice, upstream } = await startHouse(deadlines({ wholeMs: 120 }))
    upstream.next({ parts, pieces: 50, paceMs: 20 })
    const body = messagesBody('x', { model, stream: true })
    const { bytes, text } = await sluice.send(MESSAGES, { body })
    expect(checkMessagesStream(bytes)).toEqual([])
    expect(text).toContain('"timeout_error"')
    await callsOf(upstream)[0]?.closed
  })
})

it('the total deadline includes retries', async () => {
  const { sluice, upstream } = await startHouse({ openai: { deadlines: { wholeMs: 250 } } })
  upstream.next({ delayMs: 150, fault: { status: 500 } }, { delayMs: 150, parts })
  const { status } = await sluice.send(CHAT, { body: chatBody() })
  expect(status).toBe(504)
  expect(callsOf(upstream)).toHaveLength(2)
})

it('each target has its own', async () => {
  const { sluice, upstream } = await startHouse({ openai: { deadlines: { firstByteMs: 50 } } })
  upstream.next({ delayMs: 150, parts })
  expect((await sluice.send(MESSAGES, { body: messagesBody() })).status).toBe(200)
  upstream.next({ delayMs: 150, parts })
  expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(504)
})

it('a stream that is complete but stays open has ended', async () => {
  const { sluice, upstream } = await startHouse({ openai: { deadlines: { idleMs: 60 } } })
  // All events but the last, which is [DONE].
  upstream.next({ parts, pieces: 2, fault: { stallAfterEvents: 4 } })
  const { bytes, text } = await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
  expect(text).toContain('"finish_reason":"stop"')
  expect(text).not.toContain('"error"')
  expect(checkChatStream(bytes)).toEqual(['the stream ends without [DONE] or an error'])
  expect((await sluice.logged(isCall)).outcome).toBe('ok')
})
