/** No span has a secret, wherever it was planted, and none has what callers and models write. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, CLAUDE, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { startReceiver, tracesTo } from '../../tools/telemetry/otlp-receiver.ts'

const KEY = 'sluice-key-of-ann-0123456789'
const OTLP = 'otlp-token-0123456789abcdef'
const FOREIGN = 'sk-foreign0123456789abcdef'
const UPSTREAM = 'sk-upstream-openai'
const SECRETS = [KEY, OTLP, FOREIGN, UPSTREAM, 'sk-ant-upstream']

const start = async (options: Partial<AppOptions> = {}) => {
  const receiver = await startReceiver()
  const headers = { authorization: `Bearer ${OTLP}` }
  const resource = { 'deployment.environment.name': `production ${OTLP}` }
  const house = await startHouse({
    keys: [KEY],
    traces: tracesTo(receiver, { headers, resource }),
    retry: { retries: 0, baseMs: 1 },
    ...options,
  })
  return { receiver, ...house }
}

const authorization = `Bearer ${KEY}`

const PLANTED: readonly (readonly [string, object, Record<string, string>])[] = [
  ['the name of the model', chatBody('x', { model: `openai/${KEY}` }), {}],
  ['a long name', chatBody('x', { model: `openai/${'m'.repeat(1010)}${FOREIGN}` }), {}],
  ['another vendor’s key as the model', chatBody('x', { model: FOREIGN }), {}],
  ['the tags', chatBody(), { 'x-sluice-tags': `team,${FOREIGN}` }],
  ['the state of the trace', chatBody(), { tracestate: `a=${KEY}` }],
  ['another header', chatBody(), { 'x-anything': KEY, baggage: `key=${KEY}` }],
  ['the prompt', chatBody(`my key is ${FOREIGN}`), {}],
]

describe('a secret', () => {
  it.each(PLANTED)('in %s is in no span', async (_, body, headers) => {
    const { receiver, sluice } = await start()
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await sluice.send(CHAT, { body, headers: { authorization, traceparent, ...headers } })
    await receiver.callsOf(sluice)
    for (const secret of SECRETS) expect(receiver.raw()).not.toContain(secret)
    expect(receiver.raw()).not.toContain(FOREIGN.slice(0, 14))
  })

  it.each([
    [
      'an error',
      { fault: { status: 400, body: { error: { message: UPSTREAM, type: UPSTREAM } } } },
    ],
    ['a header', { headers: { 'x-request-id': UPSTREAM }, parts: [{ text: 'x' }] }],
    ['an answer', { parts: [{ text: UPSTREAM }] }],
  ])('that the upstream repeats in %s is in no span', async (_, answer) => {
    const { receiver, upstream, sluice } = await start()
    upstream.next(answer)
    await sluice.send(CHAT, { body: chatBody(), headers: { authorization } })
    await receiver.callsOf(sluice)
    for (const secret of SECRETS) expect(receiver.raw()).not.toContain(secret)
  })
})

describe('what is said', () => {
  it.each([
    ['relayed', CHAT, chatBody('PROMPT-OF-ANN')],
    ['relayed as a stream', CHAT, chatBody('PROMPT-OF-ANN', { stream: true })],
    ['translated', CHAT, chatBody('PROMPT-OF-ANN', { model: CLAUDE })],
    ['translated as a stream', MESSAGES, messagesBody('PROMPT-OF-ANN', { stream: true })],
  ])('in a call that is %s is in no span', async (_, path, body) => {
    const { receiver, upstream, sluice } = await start()
    upstream.next({ parts: [{ text: 'ANSWER-OF-MODEL' }] })
    await sluice.send(path, { body, headers: { authorization } })
    await receiver.callsOf(sluice)
    expect(receiver.raw()).not.toContain('PROMPT-OF-ANN')
    expect(receiver.raw()).not.toContain('ANSWER-OF-MODEL')
  })
})

it('the text of a client that is no Unicode is sent as Unicode', async () => {
  const { receiver, sluice } = await start()
  const body = '{"model":"openai/\\ud800","messages":[]}'
  await sluice.send(CHAT, { body, headers: { authorization } })
  const [[call] = []] = await receiver.callsOf(sluice)
  expect(call?.attributes['gen_ai.request.model']).toBe('openai/\ufffd')
})
