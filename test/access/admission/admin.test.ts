/** The admin key, which opens /admin and nothing else. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { callsOf, type House, startHouse } from '../../tools/app/house.ts'
import { checkChatError } from '../../tools/checkers/index.ts'
import { refusedClient } from '../../tools/server/websocket/open-client.ts'

const ADMIN = 'sk-admin-0123456789'

const KEYS = [
  'sk-plain',
  {
    key: 'sk-of-ann',
    name: 'laptop',
    owner: 'ann',
    models: ['gpt-*'],
    origins: ['https://a.example'],
    expiresAtMs: Date.UTC(2100, 0, 2),
  },
  { key: 'sk-of-ben', name: 'old', owner: 'ben', disabled: true },
]

const start = (options: object = {}) => startHouse({ keys: KEYS, adminKeys: [ADMIN], ...options })

const admin = (sluice: House, key: string | undefined, path = '/admin', method = 'GET') =>
  sluice.send(path, {
    method,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  })

describe('GET /admin', () => {
  it.each(['authorization', 'x-api-key', 'x-goog-api-key'])('opens by %s', async (name) => {
    const { sluice } = await start()
    const headers = { [name]: name === 'authorization' ? `Bearer ${ADMIN}` : ADMIN }
    expect((await sluice.send('/admin', { headers })).status).toBe(200)
  })

  it('lists the keys of callers without their secrets', async () => {
    const { sluice, upstream } = await start()
    const { status, json, text } = await admin(sluice, ADMIN)
    expect(status).toBe(200)
    const id = expect.stringMatching(/^[0-9a-f]{12}$/)
    const nothing = { models: null, origins: null, expires_at: null, disabled: false }
    expect(json).toEqual({
      status: 'ok',
      keys: [
        { id, name: null, owner: null, ...nothing },
        {
          id,
          name: 'laptop',
          owner: 'ann',
          models: ['gpt-*'],
          origins: ['https://a.example'],
          expires_at: '2100-01-02T00:00:00.000Z',
          disabled: false,
        },
        { id, name: 'old', owner: 'ben', ...nothing, disabled: true },
      ],
    })
    expect(text).not.toContain('sk-')
    expect(upstream.calls).toEqual([])
  })

  it.each([
    ['no key', undefined, 401],
    ['a wrong key', 'sk-wrong', 401],
    ['the beginning of the admin key', ADMIN.slice(0, -1), 401],
    ['an empty key', '', 401],
    ['a disabled key', 'sk-of-ben', 401],
    ["a caller's key", 'sk-plain', 403],
    ["an owner's key", 'sk-of-ann', 403],
  ])('refuses %s', async (_, key, status) => {
    const { sluice } = await start()
    for (const path of ['/admin', '/admin/', '/admin/usage/x', '/admin/nothing']) {
      const refused = await admin(sluice, key, path)
      expect(refused.status).toBe(status)
      expect(checkChatError(refused.json)).toEqual([])
      expect(refused.text).not.toMatch(/laptop|ann|ben/)
    }
  })

  it('takes no key in the query or the body', async () => {
    const { sluice } = await start()
    for (const path of [`/admin?key=${ADMIN}`, `/admin?api_key=${ADMIN}&access_token=${ADMIN}`])
      expect((await admin(sluice, undefined, path)).status).toBe(401)
    const body = { key: ADMIN, role: 'admin', admin: true }
    expect((await sluice.send('/admin', { method: 'POST', body })).status).toBe(401)
  })

  it('does not have other methods or routes, which an admin key is told', async () => {
    const { sluice } = await start()
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const refused = await admin(sluice, ADMIN, '/admin', method)
      expect(refused.status).toBe(405)
      expect(refused.headers.allow).toBe('GET, HEAD')
    }
    expect((await admin(sluice, ADMIN, '/admin', 'HEAD')).status).toBe(200)
    expect((await admin(sluice, ADMIN, '/admin/nothing')).status).toBe(404)
    expect((await admin(sluice, ADMIN, '/v1/admin')).status).toBe(401)
  })

  it('is closed to everybody if no admin key is configured', async () => {
    for (const keys of [[], ['sk-plain']]) {
      const { sluice } = await startHouse({ keys })
      const refused = await admin(sluice, 'sk-plain')
      expect(refused.status).toBe(403)
      expect(refused.text).toContain('SLUICE_ADMIN_KEY')
    }
  })
})

describe('an admin key', () => {
  it.each([
    ['GET', '/v1/models'],
    ['GET', '/v1/models/gpt-4o'],
    ['GET', '/v1beta/models'],
    ['POST', CHAT],
    ['POST', '/v1/responses'],
    ['POST', '/v1/messages'],
    ['POST', '/v1/messages/count_tokens'],
    ['POST', '/v1/embeddings'],
    ['GET', '/v1/responses/resp_1'],
    ['GET', '/nowhere'],
  ])('is a 401 on %s %s, with and without keys for callers', async (method, path) => {
    for (const keys of [KEYS, []]) {
      const { sluice, upstream } = await start({ keys })
      const refused = await admin(sluice, ADMIN, path, method)
      expect(refused.status).toBe(401)
      expect(upstream.calls).toEqual([])
    }
  })

  it('opens no socket', async () => {
    const { sluice } = await start()
    for (const path of ['/ws', '/v1/responses', '/v1/realtime?model=gpt-realtime']) {
      const headers = { authorization: `Bearer ${ADMIN}` }
      expect((await refusedClient(sluice.url, path, { headers })).status).toBe(401)
    }
  })

  it('is neither logged nor forwarded', async () => {
    const { sluice, upstream } = await start()
    await admin(sluice, ADMIN)
    await admin(sluice, ADMIN, `/admin/${ADMIN}`)
    await admin(sluice, ADMIN, `/v1/models/${ADMIN}`)
    await sluice.send(CHAT, {
      body: chatBody('hello', { model: `gpt-${ADMIN}` }),
      headers: { authorization: 'Bearer sk-plain', 'x-api-key': ADMIN },
    })
    await sluice.logged(({ msg }) => msg === 'call')
    expect(sluice.rawLog()).not.toContain(ADMIN)
    expect(JSON.stringify(callsOf(upstream).map(({ rawHeaders }) => rawHeaders))).not.toContain(
      ADMIN,
    )
  })
})
