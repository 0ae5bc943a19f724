/** Gateways that are pointed at each other, or at themselves. */
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

const ownSluice = async () => {
  const port = await freePort()
  return sluiceForTest({
    port,
    providers: [openaiAt(`http://127.0.0.1:${port}`)],
    retry: { retries: 0, baseMs: 1 },
  })
}

describe('a gateway whose target is itself', () => {
  it.each([true, false])('ends the call with 508 (streamed: %s)', async (stream) => {
    const sluice = await ownSluice()
    const { status, json } = await sluice.send(CHAT, { body: chatBody('x', { stream }) })
    expect(status).toBe(508)
    expect(checkChatError(json)).toEqual([])
    expect(sluice.log.filter(isCall).length).toBe(2)
    expect((await sluice.logged(isCall)).outcome).toBe('loop_detected')
  })

  it('also ends it with 508 across translations', async () => {
    const sluice = await ownSluice()
    const { status, json } = await sluice.send(MESSAGES, {
      body: messagesBody('x', { model: 'openai/gpt-4o' }),
    })
    expect(status).toBe(508)
    expect(checkMessagesError(json)).toEqual([])
  })
})

it('two gateways that are pointed at each other end the call with 508', async () => {
  const [left, right] = [await freePort(), await freePort()]
  const retry = { retries: 0, baseMs: 1 }
  const first = await sluiceForTest({
    port: left,
    providers: [openaiAt(`http://127.0.0.1:${right}`)],
    retry,
  })
  await sluiceForTest({ port: right, providers: [openaiAt(`http://127.0.0.1:${left}`)], retry })
  expect((await first.send(CHAT, { body: chatBody() })).status).toBe(508)
})

it('a chain of gateways passes', async () => {
  const { sluice: inner } = await startHouse()
  const middle = await sluiceForTest({ providers: [openaiAt(inner.url)] })
  const outer = await sluiceForTest({ providers: [openaiAt(middle.url)] })
  expect((await outer.send(CHAT, { body: chatBody() })).status).toBe(200)
})

it('a chain that is too long does not', async () => {
  const { sluice } = await startHouse()
  const headers = { 'x-sluice-hops': 'a,b,c,d,e,f,g,h' }
  expect((await sluice.send(CHAT, { body: chatBody(), headers })).status).toBe(508)
})
