/** `GET /admin/usage`: the usage of all callers, for an admin key alone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { checkChatError } from '../../tools/checkers/index.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-admin-usage-'))
afterAll(() => rmSync(outer, { recursive: true }))

const ADMIN = 'sk-admin-of-the-house'
const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

const startWithCallers = async (name: string) => {
  const rows = { folder: join(outer, name) }
  const keys = [{ key: 'key-one', name: 'ci', owner: 'team-a' }, 'key-two']
  const house = await startHouse({ rows, keys, adminKeys: [ADMIN] })
  return { rows, ...house }
}

describe('the usage of all callers', () => {
  it('has the calls of each, by the name and the owner of its key', async () => {
    const { sluice, rows } = await startWithCallers('all')
    for (const key of ['key-one', 'key-one', 'key-two'])
      await sluice.send(CHAT, { body: chatBody(), ...as(key) })
    const { json } = await sluice.send('/admin/usage?by=key', as(ADMIN))
    expect(json.total).toMatchObject({ calls: 3 })
    expect(json.data).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: 'ci', calls: 2 }),
        expect.objectContaining({ key: expect.stringMatching(/^[0-9a-f]{12}$/), calls: 1 }),
      ]),
    )
    const owners = await sluice.send('/admin/usage?by=owner&since=1h', as(ADMIN))
    expect(owners.json.data).toMatchObject([
      { key: null, calls: 1 },
      { key: 'team-a', calls: 2 },
    ])
    await sluice.close()
    expect(await rowsAt(rows)).toMatchObject([
      { key_name: 'ci', owner: 'team-a' },
      { key_name: 'ci', owner: 'team-a' },
      { key_name: null, owner: null },
    ])
  })

  it('is refused to callers and to everybody else, and names what is wrong', async () => {
    const { sluice } = await startWithCallers('refused')
    expect((await sluice.send('/admin/usage')).status).toBe(401)
    expect((await sluice.send('/admin/usage', as('key-one'))).status).toBe(403)
    expect((await sluice.send('/v1/usage', as(ADMIN))).status).toBe(401)
    for (const [query, param] of [
      ['by=minute', 'by'],
      ['since=then', 'since'],
    ]) {
      const { status, json } = await sluice.send(`/admin/usage?${query}`, as(ADMIN))
      expect(status).toBe(400)
      expect(json.error).toMatchObject({ param })
    }
    expect((await sluice.send('/admin/usage', { body: {}, ...as(ADMIN) })).status).toBe(405)
    expect((await sluice.send('/admin/usage/', as(ADMIN))).status).toBe(404)
  })
})

const ROUTES = [
  ['/admin/usage', ADMIN],
  ['/v1/usage', 'key-one'],
] as const

describe.each(ROUTES)('%s', (path, key) => {
  it.each([
    ['by=minute', 'by'],
    ['by=', 'by'],
    ['by', 'by'],
    ['by=Day', 'by'],
    ['by=day,model', 'by'],
    ['by=day&by=model', 'by'],
    ['by=day&by=day', 'by'],
    ['b%79=day&by=key', 'by'],
    ['by=constructor', 'by'],
    ['since=then', 'since'],
    ['since=', 'since'],
    ['since=1h&since=2h', 'since'],
    ['since=2026-02-30', 'since'],
    ['since=2026-11-01T99:00Z', 'since'],
    ['since=-1h', 'since'],
    ['since=1e9', 'since'],
    ['since=NaN', 'since'],
    ["since='%20or%201=1--", 'since'],
    ['by=day&since=%FF%00', 'since'],
  ])('is refused with the field named: %s', async (query, param) => {
    const { sluice } = await startWithCallers(`twins-${path.replaceAll('/', '-')}`)
    const { status, json } = await sluice.send(`${path}?${query}`, as(key))
    expect(status).toBe(400)
    expect(checkChatError(json)).toEqual([])
    expect(json.error).toMatchObject({ param })
  })

  it('has GET and HEAD, and says so', async () => {
    const { sluice } = await startWithCallers(`methods-${path.replaceAll('/', '-')}`)
    const head = await sluice.send(path, { method: 'HEAD', ...as(key) })
    expect({ status: head.status, text: head.text }).toEqual({ status: 200, text: '' })
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const refused = await sluice.send(path, { method, ...as(key) })
      expect(`${method}: ${refused.status}`).toBe(`${method}: 405`)
      expect(refused.headers.allow).toBe('GET, HEAD')
      // Without a key nobody is told which methods there are.
      const unknown = await sluice.send(path, { method })
      expect(`${method}: ${unknown.status}`).toBe(`${method}: 401`)
      expect(unknown.headers).not.toHaveProperty('allow')
    }
    expect((await sluice.send(path, { method: 'HEAD' })).status).toBe(401)
  })

  it('is not for a page of an origin that is not allowed', async () => {
    const { sluice } = await startWithCallers(`preflight-${path.replaceAll('/', '-')}`)
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'GET' }
    const preflight = await sluice.send(path, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(403)
    expect(preflight.headers).not.toHaveProperty('access-control-allow-origin')
  })
})
