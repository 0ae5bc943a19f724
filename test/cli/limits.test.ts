/** The limits that hold for the program if nothing is configured: beyond this machine some, on it none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { CHAT, chatBody } from '../tools/app/asks.ts'
import { send } from '../tools/app/send.ts'
import { startSluice } from '../tools/cli/start.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-limits-'))
afterAll(() => rmSync(outer, { recursive: true }))

const KEY = 'a-key-of-the-test'

const start = async (host: string, env: Record<string, string>) => {
  const cwd = mkdtempSync(join(outer, 'cwd-'))
  writeFileSync(join(cwd, 'sluice.yaml'), 'demo: { pace_ms: 0 }')
  const { says } = startSluice(['--host', host, '--port', '0'], { cwd, env })
  const [, port = ''] = await says(/listens on http:\/\/[^\s/]+:(\d+)/)
  return async (more: Record<string, unknown> = {}) =>
    send(`http://127.0.0.1:${port}`, CHAT, {
      headers: { authorization: `Bearer ${KEY}` },
      body: chatBody('[[say yes]]', { model: 'demo/echo', ...more }),
    })
}

it('beyond this machine they are two windows, which the environment changes', async () => {
  const ask = await start('0.0.0.0', { SLUICE_API_KEYS: KEY, RATE_LIMIT_MAX_REQUESTS: '3' })
  const plain = await ask()
  expect([plain.status, plain.headers['ratelimit-policy']]).toEqual([200, '"requests";q=3;w=900'])
  const streamed = await ask({ stream: true })
  expect(streamed.headers['ratelimit-policy']).toBe(
    '"requests";q=3;w=900, "streams-per-minute";q=50;w=60',
  )
  expect((await ask()).status).toBe(200)
  expect((await ask()).status).toBe(429)
})

it.each<[string, Record<string, string>]>([
  ['with a key', { SLUICE_API_KEYS: KEY }],
  ['without a key', {}],
])('on this machine there are none, %s', async (_, env) => {
  const ask = await start('127.0.0.1', env)
  for (let call = 0; call < 3; call++) {
    const answer = await ask({ stream: call === 0 })
    expect([answer.status, answer.headers.ratelimit]).toEqual([200, undefined])
  }
})
