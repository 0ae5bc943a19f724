/** The estimate of a call that is cut off is replaced by what it had used until then. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { type House } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { headers, KEY, startLimited } from '../../tools/access/limited.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'

const TOKENS = 100_000
/** A quarter of its bytes: 20,000 tokens. */
const LONG = 'word '.repeat(16_000)

const CUT = {
  parts: [{ text: 'one two three four five six' }],
  pieces: 6,
  usage: { input: 500, output: 90 },
}

const start = async () => {
  const { sluice, upstream } = await startLimited({ tokensPerMinute: TOKENS })
  return { sluice, upstream }
}

const leftAt = async (sluice: House): Promise<number> => {
  const answer = await sluice.send(MESSAGES, { headers, body: messagesBody() })
  return Number(answer.headers['anthropic-ratelimit-tokens-remaining'])
}

const STREAMS = [
  ['relayed', MESSAGES, messagesBody(LONG, { stream: true })],
  ['translated', CHAT, chatBody(LONG, { stream: true, model: CLAUDE })],
] as const

describe.each(STREAMS)('a stream that is %s', (_, path, body) => {
  it('and whose client leaves', async () => {
    const { sluice, upstream } = await start()
    upstream.next({ ...CUT, fault: { stallAfterEvents: 6 } })
    const client = await openRawClient(sluice.url)
    client.write(toRequest(path, body, [`authorization: Bearer ${KEY}`]))
    await client.until('one')
    expect(await leftAt(sluice)).toBeLessThan(TOKENS - 15_000)
    client.socket.destroy()
    await sluice.logged((line) => isCall(line) && line.outcome === 'client_left')
    expect(await leftAt(sluice)).toBeGreaterThan(TOKENS - 2_000)
  })

  it('and that its upstream cuts off', async () => {
    const { sluice, upstream } = await start()
    upstream.next({ ...CUT, fault: { cutAfterEvents: 6 } })
    await sluice.send(path, { headers, body })
    await sluice.logged((line) => isCall(line) && line.outcome !== 'ok')
    expect(await leftAt(sluice)).toBeGreaterThan(TOKENS - 2_000)
  })

  it('and that its upstream refuses', async () => {
    const { sluice, upstream } = await start()
    upstream.next({ fault: { status: 500 } })
    await sluice.send(path, { headers, body })
    await sluice.logged(isCall)
    expect(await leftAt(sluice)).toBeGreaterThan(TOKENS - 500)
  })
})

it('a turn of a socket that is cancelled', async () => {
  const { sluice, upstream } = await start()
  upstream.next({ ...CUT, fault: { stallAfterEvents: 6 } })
  const client = await openClient(sluice.url, '/ws', { headers })
  client.send({ id: 'a', ...chatBody(LONG, { model: CLAUDE }) })
  await client.until('the first words', ({ choices }) => choices !== undefined)
  expect(await leftAt(sluice)).toBeLessThan(TOKENS - 15_000)
  client.send({ type: 'cancel', id: 'a' })
  await sluice.logged((line) => isCall(line) && line.outcome === 'cancelled')
  expect(await leftAt(sluice)).toBeGreaterThan(TOKENS - 2_000)
  client.socket.close()
})
