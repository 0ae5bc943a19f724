/** A stream that is written too slowly is ended, if the operator says what is too slow. */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, GPT } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import {
  checkChatStream,
  checkGeminiStream,
  checkMessagesStream,
  checkResponsesStream,
} from '../../tools/checkers/index.ts'
import { ask, startSettled, TARGETS } from '../../tools/gateway/settled-house.ts'
import { startThree } from '../../tools/gateway/three-upstreams.ts'

const PACE = { pace: { characters: 60, windowMs: 200 } }
const DRIP = { parts: [{ text: 'A word a while. '.repeat(20) }], pieces: 320, paceMs: 25 }

const start = () =>
  startSettled((url) => ({
    providers: [openaiAt(url), anthropicAt(url), geminiAt(url)].map((each) => ({
      ...each,
      deadlines: PACE,
    })),
  }))

describe.each([
  ['Chat', checkChatStream],
  ['Messages', checkMessagesStream],
  ['Responses', checkResponsesStream],
  ['Gemini', checkGeminiStream],
])('%s', (dialect, check) => {
  it.each(Object.entries(TARGETS))('ends a slow stream of %s with an error', async (_, model) => {
    const { sluice, upstream, settlements } = await start()
    upstream.next(DRIP)
    const { path, body } = ask(dialect, model, true)
    const { status, bytes, text } = await sluice.send(path, { body })
    expect(status).toBe(200)
    expect(check(bytes)).toEqual([])
    expect(text).toContain('too slowly')
    await callsOf(upstream)[0]?.closed
    expect(callsOf(upstream)[0]?.closedEarly).toBe(true)
    expect(settlements).toMatchObject([{ outcome: 'upstream_timeout', attempts: 1 }])
  })
})

it('a stream of text at its usual pace is not ended', async () => {
  const { sluice, upstream } = await start()
  for (const model of [GPT, CLAUDE]) {
    upstream.next({ parts: [{ text: 'Some words in a row. '.repeat(40) }], paceMs: 10, pieces: 60 })
    const { text } = await sluice.send(CHAT, { body: chatBody('x', { model, stream: true }) })
    expect(text).toContain('"finish_reason":"stop"')
    expect(text).not.toContain('"error"')
  }
})

it('a stream that thinks in silence is waited for', async () => {
  const { sluice, upstream } = await start()
  const chunk = (delta: object, reason: string | null = null) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`
  const text = chunk({ content: 'A sentence of some length, which is said at once.' })
  const pieces = [
    text,
    ...Array.from({ length: 12 }, () => ': keepalive\n\n'),
    text,
    chunk({}, 'stop'),
  ]
  upstream.next({ fault: { rawBytes: pieces.map((piece) => Buffer.from(piece)) }, paceMs: 50 })
  const answer = await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
  expect(answer.text).toContain('"finish_reason":"stop"')
  expect(answer.text).not.toContain('too slowly')
})

it('a client that reads slowly is not taken for a slow upstream', async () => {
  const { sluice, upstream } = await start()
  const count = 2_000
  upstream.next({ parts: [{ text: 'A sentence. '.repeat(count * 500) }], pieces: count })
  const text = await new Promise<string>((resolve, reject) => {
    const call = request(sluice.url + CHAT, { method: 'POST', agent: false }, (response) => {
      let last = ''
      response.pause()
      void sleep(600).then(() => response.resume())
      response.on('data', (bytes: Buffer) => (last = bytes.toString()))
      response.on('end', () => resolve(last))
      response.once('error', reject)
    })
    call.once('error', reject)
    call.end(JSON.stringify(chatBody('x', { stream: true })))
  })
  expect(text).toContain('[DONE]')
  expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'ok' })
})

it('a target whose streams are too slow is skipped', async () => {
  const { sluice, first } = await startThree({ deadlines: PACE })
  first.says(DRIP)
  const body = chatBody('x', { model: 'best', stream: true })
  await Promise.all(Array.from({ length: 20 }, () => sluice.send(CHAT, { body })))
  const { headers } = await sluice.send(CHAT, { body })
  expect(headers['x-sluice-target']).toBe('second/gpt-4o')
})

it('a stream that is too slow before its answer begins is tried elsewhere', async () => {
  const { sluice, first } = await startThree({ deadlines: PACE })
  const bytes = [...'data: {"choices":[{"index":0,"delta":{"content":"'].map((each) =>
    Buffer.from(each),
  )
  first.says({ fault: { rawBytes: [...bytes, ...bytes] }, paceMs: 25 })
  const body = chatBody('x', { model: 'best', stream: true })
  const { headers, text } = await sluice.send(CHAT, { body })
  expect([headers['x-sluice-target'], headers['x-sluice-attempts']]).toEqual(['second/gpt-4o', '2'])
  expect(text).toContain('[DONE]')
})

it('a model in this process has the same guard', async () => {
  const sluice = await sluiceForTest({ demo: { paceMs: 25, deadlines: PACE } })
  const body = chatBody(
    '[[text a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h]]',
    {
      stream: true,
    },
  )
  const { bytes, text } = await sluice.send(CHAT, { body })
  expect(checkChatStream(bytes)).toEqual([])
  expect(text).toContain('too slowly')
})

it('nothing is too slow unless a pace is set', async () => {
  const { sluice, upstream } = await startHouse()
  upstream.next({ ...DRIP, pieces: 20, paceMs: 50 })
  const { text } = await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
  expect(text).toContain('[DONE]')
})
