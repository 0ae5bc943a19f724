/** Calls that no limit refuses: what an upstream says of its own limits does not reach a caller with limits. */
import { createServer, type ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { CallerLimits } from '#access'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, RESPONSES } from '../../tools/app/asks.ts'
import { listenForTest } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { anthropicAt } from '../../tools/app/start-sluice.ts'
import { headers, startLimited } from '../../tools/access/limited.ts'

const THEIRS = { 'anthropic-ratelimit-requests-remaining': '7' }

const startCounting = async (limits: CallerLimits) => {
  const count = (response: ServerResponse) =>
    response
      .writeHead(200, { 'content-type': 'application/json', ...THEIRS })
      .end('{"input_tokens":12}')
  const url = await listenForTest(createServer((_, response) => count(response)))
  const { sluice } = await startLimited(limits, { providers: [anthropicAt(url)] })
  return sluice.send(`${MESSAGES}/count_tokens`, {
    headers,
    body: { model: CLAUDE, messages: [{ role: 'user', content: 'hello' }] },
  })
}

describe('a count of tokens', () => {
  it('has no header about the limits of the operator’s account', async () => {
    const counted = await startCounting({ windowRequests: 5 })
    expect(counted.json).toEqual({ input_tokens: 12 })
    expect(Object.keys(counted.headers).filter((name) => name.includes('ratelimit'))).toEqual([])
  })

  it('has it where the caller has no limits', async () => {
    expect((await startCounting({})).headers).toMatchObject(THEIRS)
  })
})

describe('a response that its upstream generates in the background', () => {
  it('counts its tokens when it is first read complete, and once', async () => {
    const { sluice, upstream } = await startLimited({ tokensPerMinute: 100_000 })
    upstream.next({ parts: [{ text: 'one' }], usage: { input: 1000, output: 40_000 } })
    const left = async (): Promise<number> => {
      const answer = await sluice.send(CHAT, { headers, body: chatBody() })
      return Number(answer.headers['x-ratelimit-remaining-tokens'])
    }
    const { json } = await sluice.send(RESPONSES, {
      headers,
      body: { model: GPT, input: 'x', background: true },
    })
    expect(json.status).toBe('queued')
    await sluice.logged(isCall)
    expect(await left()).toBeGreaterThan(99_000)
    const read = async () =>
      (await sluice.send(`${RESPONSES}/${String(json.id)}`, { headers })).json.status
    await expect.poll(read).toBe('completed')
    for (let time = 0; time < 3; time++) expect(await read()).toBe('completed')
    await expect.poll(left).toBeLessThan(66_000)
    expect(await left()).toBeGreaterThan(55_000)
  })
})
