/** A complete answer that says itself that it failed reaches its client, and is a failure for everybody else. */
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, GPT, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { listenForTest, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { ADMIN, scrape } from '../../tools/telemetry/scrape.ts'
import { startThree } from '../../tools/gateway/three-upstreams.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const failedResponse = (code = 'server_error', more: object = {}) => ({
  id: 'resp_failed',
  object: 'response',
  created_at: 1,
  model: GPT,
  status: 'failed',
  output: [],
  error: { code, message: 'The server had an error.' },
  usage: { input_tokens: 1000, output_tokens: 50, total_tokens: 1050 },
  ...more,
})

const failedChat = (finish_reason = 'error') => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: GPT,
  choices: [{ index: 0, message: { role: 'assistant', content: 'Half an' }, finish_reason }],
})

const saying = (body: object): Answer => ({
  fault: { rawBytes: [Buffer.from(JSON.stringify(body))], contentType: 'application/json' },
})

describe('a relayed answer that failed', () => {
  it.each([
    ['server_error', 'upstream_failed'],
    ['rate_limit_exceeded', 'upstream_rate_limited'],
    ['server_is_overloaded', 'upstream_overloaded'],
  ])('with %s reaches its client, and is settled as %s', async (code, outcome) => {
    const { sluice, upstream } = await startHouse({ adminKeys: [ADMIN] })
    upstream.next(saying(failedResponse(code)))
    const { status, json } = await sluice.send(RESPONSES, { body: responsesBody('x') })
    expect([status, json]).toMatchObject([200, { id: 'resp_failed', status: 'failed' }])
    const line = await sluice.logged(({ msg }) => msg === 'call')
    expect(line).toMatchObject({ outcome, ending: 'failed', tokensIn: 1000 })
    const metrics = await scrape(sluice)
    expect(metrics.sum('sluice_errors_total', { code: outcome, provider: 'openai' })).toBe(1)
    expect(metrics.sum('sluice_attempts_total', { outcome })).toBe(1)
  })

  it.each([
    ['of Responses', RESPONSES, responsesBody('x', { model: 'best' }), failedResponse()],
    ['of Chat', CHAT, chatBody('x', { model: 'best' }), failedChat()],
  ])('%s counts against its target as one that is translated does', async (_, path, body, said) => {
    const { sluice, first } = await startThree()
    first.says(saying(said))
    const ask = () => sluice.send(path, { body })
    for (let call = 0; call < 5; call++)
      expect((await ask()).headers['x-sluice-target']).toBe('first/gpt-4o')
    const { status, headers } = await ask()
    expect([status, headers['x-sluice-target']]).toEqual([200, 'second/gpt-4o'])
    expect(first.count()).toBe(5)
  })

  it('counts against its target if a second one was asked meanwhile, too', async () => {
    const { sluice, first, second } = await startThree({ alias: { hedgeAfterMs: 30 } })
    first.says({ ...saying(failedChat()), delayMs: 200 })
    second.says({ fault: { neverAnswer: true } })
    const ask = () => sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
    for (let call = 0; call < 5; call++)
      expect((await ask()).headers).toMatchObject({
        'x-sluice-target': 'first/gpt-4o',
        'x-sluice-attempts': '2',
      })
    expect((await ask()).headers['x-sluice-target']).toBe('third/gpt-4o')
    expect(first.count()).toBe(5)
  })

  it('for a limit lets its target rest', async () => {
    const { sluice, first } = await startThree()
    first.says(saying(failedResponse('rate_limit_exceeded')))
    const ask = () => sluice.send(RESPONSES, { body: responsesBody('x', { model: 'best' }) })
    expect((await ask()).headers['x-sluice-target']).toBe('first/gpt-4o')
    expect((await ask()).headers['x-sluice-target']).toBe('second/gpt-4o')
  })

  it('was cancelled, which is no failure of its target', async () => {
    const { sluice, first } = await startThree()
    first.says(saying(failedResponse('x', { status: 'cancelled', error: null })))
    for (let call = 0; call < 30; call++)
      await sluice.send(RESPONSES, { body: responsesBody('x', { model: 'best' }) })
    expect(first.count()).toBe(30)
  })
})

it('to read a response that failed is no failure of its target, however often it is read', async () => {
  const url = await listenForTest(
    createServer((request, response) => {
      const isBegun = request.method === 'POST'
      const said = failedResponse('server_error', isBegun ? { status: 'queued', error: null } : {})
      request.resume().once('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
      })
    }),
  )
  const sluice = await sluiceForTest({ providers: [openaiAt(url)] })
  await sluice.send(RESPONSES, { body: responsesBody('x', { background: true }) })
  for (let read = 0; read < 6; read++) {
    const { status, json } = await sluice.send(`${RESPONSES}/resp_failed`)
    expect([status, json.status]).toEqual([200, 'failed'])
  }
  const calls = () => sluice.log.filter(isCall)
  await eventually('all are logged', () => calls().length === 7)
  expect(calls().map(({ outcome }) => outcome)).toEqual(Array.from({ length: 7 }, () => 'ok'))
  expect(sluice.log.filter(({ msg }) => String(msg).includes('is skipped'))).toEqual([])
})
