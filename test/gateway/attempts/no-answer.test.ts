/** What is no answer of any protocol is a failure on the relay lane too, so that it is tried again or elsewhere. */
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
import { callsOf, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { anthropicAt, isCall } from '../../tools/app/start-sluice.ts'
import { plainUpstream } from '../../tools/gateway/plain-upstream.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const PAGE = '<html><body>Please sign in.</body></html>'

const raw = (text: string, contentType: string): Answer => ({
  fault: { rawBytes: [Buffer.from(text)], contentType },
})

const NO_ANSWERS: readonly (readonly [string, Answer])[] = [
  ['a page', raw(PAGE, 'text/html; charset=utf-8')],
  ['half of an object', raw('{"id":"x","choices":[{"index":0,"mess', 'application/json')],
  ['half of a list', raw('[{"candidates":[', 'application/json')],
]

const ASKS = [
  [CHAT, chatBody('x', { model: GPT })],
  [CHAT, chatBody('x', { model: GPT, stream: true })],
  [RESPONSES, responsesBody('x', { model: GPT })],
  [MESSAGES, messagesBody('x', { model: CLAUDE })],
  [MESSAGES, messagesBody('x', { model: CLAUDE, stream: true })],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'x' }],
] as const

describe.each(NO_ANSWERS)('%s with status 200', (_, answer) => {
  it.each(ASKS)('is a 502 for %s, and asked for again before', async (path, body) => {
    const { sluice, upstream } = await startHouse()
    upstream.next(answer, answer, answer)
    const { status, text } = await sluice.send(path, { body })
    expect(status).toBe(502)
    expect(text).not.toContain('sign in')
    expect(callsOf(upstream)).toHaveLength(3)
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'upstream_invalid' })
  })

  it('is answered by another target', async () => {
    const { sluice, upstream } = await startHouse({
      aliases: [{ name: 'best', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
    })
    upstream.next(answer, { parts: [{ text: 'hello' }] })
    const { status, headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
    expect([status, headers['x-sluice-target']]).toEqual([200, `anthropic/${CLAUDE}`])
  })
})

it('a page in place of a token count is a 502', async () => {
  const { url } = await plainUpstream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
  })
  const sluice = await sluiceForTest({ providers: [anthropicAt(url)] })
  const body = { ...messagesBody(), max_tokens: undefined }
  const { status, json } = await sluice.send(`${MESSAGES}/count_tokens`, { body })
  expect(status).toBe(502)
  expect(json).toMatchObject({ error: { message: 'The upstream answered with an HTML page.' } })
})
