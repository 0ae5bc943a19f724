/** Keys with what they are for, over the wire. */
import { describe, expect, it } from 'vitest'
import type { KeyOptions } from '#access'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, type House, startHouse } from '../../tools/app/house.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'
import { openClient, refusedClient } from '../../tools/server/websocket/open-client.ts'

const DAY = 86_400_000

const chat = (sluice: House, key: string, headers: Record<string, string> = {}) =>
  sluice.send(CHAT, { body: chatBody(), headers: { authorization: `Bearer ${key}`, ...headers } })

const start = (...keys: (string | KeyOptions)[]) => startHouse({ keys })

describe('a key', () => {
  it('with fields is admitted as one without, and has the same caller', async () => {
    const callers = []
    for (const key of ['sk-one', { key: 'sk-one', name: 'one', owner: 'ann' }]) {
      const { sluice } = await start(key)
      expect((await chat(sluice, 'sk-one')).status).toBe(200)
      callers.push((await sluice.logged(({ msg }) => msg === 'call')).caller)
    }
    expect(callers[0]).toBe(callers[1])
    expect(callers[0]).toMatch(/^[0-9a-f]{12}$/)
  })

  it.each([
    ['expired', { key: 'sk-one', expiresAtMs: Date.now() - 1 }, /has expired/],
    ['disabled', { key: 'sk-one', disabled: true }, /is disabled/],
    ['disabled and expired', { key: 'sk-one', disabled: true, expiresAtMs: 0 }, /is disabled/],
  ])('that is %s is a 401 that says so and reaches no upstream', async (_, key, message) => {
    const { sluice, upstream } = await start(
      { name: 'payroll', owner: 'ann', models: ['gpt-secret'], ...key },
      'sk-two',
    )
    const refused = await chat(sluice, 'sk-one')
    expect(refused.status).toBe(401)
    expect(checkChatError(refused.json)).toEqual([])
    expect(refused.json).toMatchObject({ error: { message: expect.stringMatching(message) } })
    expect(refused.text).not.toMatch(/payroll|ann|gpt-secret|sk-/)
    const inMessages = await sluice.send(MESSAGES, {
      body: messagesBody(),
      headers: { 'x-api-key': 'sk-one' },
    })
    expect(inMessages.status).toBe(401)
    expect(checkMessagesError(inMessages.json)).toEqual([])
    expect((await chat(sluice, 'sk-two')).status).toBe(200)
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('that has not expired, or is not disabled, is admitted', async () => {
    const { sluice } = await start(
      { key: 'sk-one', expiresAtMs: Date.now() + DAY },
      { key: 'sk-two', disabled: false },
    )
    for (const key of ['sk-one', 'sk-two']) expect((await chat(sluice, key)).status).toBe(200)
  })

  it('that is refused does not hide a valid one', async () => {
    const { sluice } = await start({ key: 'sk-one', disabled: true }, 'sk-two')
    expect((await chat(sluice, 'sk-two', { 'x-api-key': 'sk-one' })).status).toBe(200)
  })

  it('ends on a connection that was admitted with it', async () => {
    const expiresAtMs = Date.now() + 1500
    const { sluice } = await start({ key: 'sk-one', expiresAtMs })
    const { Agent, request } = await import('node:http')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = () =>
      new Promise<number>((resolve, reject) => {
        const sent = request(
          sluice.url + '/v1/models',
          { agent, headers: { authorization: 'Bearer sk-one' } },
          (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)),
        )
        sent.once('error', reject)
        sent.end()
      })
    expect(await ask()).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, Math.max(expiresAtMs - Date.now(), 0) + 50))
    expect(await ask()).toBe(401)
    agent.destroy()
  })
})

describe('the origins of a key', () => {
  const KEY = { key: 'sk-page', origins: ['https://*.pages.example'] }

  it('admit the pages that match, and programs that are no page', async () => {
    const { sluice } = await start(KEY)
    expect((await chat(sluice, 'sk-page', { origin: 'https://A.pages.example' })).status).toBe(200)
    expect((await chat(sluice, 'sk-page')).status).toBe(200)
  })

  it.each(['https://evil.example', 'https://pages.example.evil', 'null', ''])(
    'refuse the page of %j with 403 before anything is spent',
    async (origin) => {
      const { sluice, upstream } = await start(KEY, 'sk-free')
      const refused = await chat(sluice, 'sk-page', { origin })
      expect(refused.status).toBe(403)
      expect(checkChatError(refused.json)).toEqual([])
      expect(refused.text).not.toContain('pages.example')
      expect(callsOf(upstream)).toEqual([])
      expect((await chat(sluice, 'sk-free', { origin })).status).toBe(200)
    },
  )

  it('hold for a socket, by header and by first frame', async () => {
    const { sluice } = await startHouse({ keys: [KEY], corsOrigins: ['*'] })
    const headers = { origin: 'https://evil.example' }
    const refused = await refusedClient(sluice.url, '/ws', {
      headers: { ...headers, authorization: 'Bearer sk-page' },
    })
    expect(refused.status).toBe(403)
    const late = await openClient(sluice.url, '/ws', { headers })
    late.send({ type: 'auth', api_key: 'sk-page' })
    expect(await late.until('the refusal', ({ type }) => type === 'error')).toMatchObject({
      status: 403,
    })
    expect(await late.closed).toBe(4401)
  })
})
