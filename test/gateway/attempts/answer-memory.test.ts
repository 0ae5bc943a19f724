/** What a call holds besides its body is counted for the caller: its request in other words, and its answer. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, GPT } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { eventually } from '../../tools/app/within.ts'

const MB = 1024 * 1024
const HEAVY = { 'x-api-key': 'sk-heavy' }
const OTHER = { 'x-api-key': 'sk-other' }

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const startWith = async (answer: (response: ServerResponse) => void) => {
  const upstream = createServer((request, response) => {
    request.resume().once('end', () => answer(response))
  })
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    upstream.closeAllConnections()
    upstream.close()
  })
  const { port } = upstream.address() as AddressInfo
  const { sluice } = await startHouse({
    keys: ['sk-heavy', 'sk-other'],
    limits: { bodyBytes: 4 * MB, inFlightBytes: 16 * MB, depth: 100 },
    openai: { baseUrl: `http://127.0.0.1:${port}/v1` },
    anthropic: { baseUrl: `http://127.0.0.1:${port}` },
  })
  return sluice
}

it('an answer larger than the share is refused, and one that fits is given again and again', async () => {
  let size = 12 * MB
  const sluice = await startWith((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ choices: [], padding: 'x'.repeat(size) }))
  })
  const refused = await sluice.send(CHAT, { headers: HEAVY, body: chatBody() })
  expect(refused.status).toBe(429)
  expect(refused.json.error).toMatchObject({ code: 'share_used_up' })
  size = 7 * MB
  for (let time = 0; time < 4; time++) {
    const headers = time % 2 === 0 ? HEAVY : OTHER
    const answer = await sluice.send(CHAT, { headers, body: chatBody() })
    expect(answer.status).toBe(200)
  }
})

it('half an event larger than the share ends its stream with an error', async () => {
  const sluice = await startWith((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${'x'.repeat(12 * MB)}`)
  })
  const refused = await sluice.send(CHAT, {
    headers: HEAVY,
    body: chatBody('hi', { stream: true }),
  })
  expect(refused.status).toBe(429)
  expect(refused.json.error).toMatchObject({ code: 'share_used_up' })
})

it('a translated request is held and counted twice until it is answered', async () => {
  const waiting: ServerResponse[] = []
  const sluice = await startWith((response) => void waiting.push(response))
  const ask = (model: string) =>
    sluice.send(CHAT, { headers: HEAVY, body: chatBody('x'.repeat(3 * MB), { model }) })

  const relayed = [ask(GPT), ask(GPT)]
  await eventually('both are on their way', () => waiting.length === 2)
  for (const response of waiting.splice(0)) response.writeHead(400).end('{}')
  for (const { status } of await Promise.all(relayed)) expect(status).toBe(400)

  const translated = ask(CLAUDE)
  await eventually('it is on its way', () => waiting.length > 0)
  const refused = await ask(CLAUDE)
  expect(refused.status).toBe(429)
  expect(refused.json.error).toMatchObject({ code: 'share_used_up' })
  for (const response of waiting) response.writeHead(400).end('{}')
  expect((await translated).status).toBe(400)
})
