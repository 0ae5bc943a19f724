/** `GET /admin/audit`: who read what at /admin, and who was refused at any door. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, CLAUDE } from '../../tools/app/asks.ts'
import { type House, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { openClient, refusedClient } from '../../tools/server/websocket/open-client.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-admin-audit-'))
afterAll(() => rmSync(outer, { recursive: true }))

const ADMIN = 'sk-admin-of-the-house'
const WRONG = 'sk-wrong-0123456789abcdef'
const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

const KEYS = [
  { key: 'key-one', name: 'ci', owner: 'team-a', models: ['gpt-*'] },
  { key: 'key-ended', name: 'old', expiresAtMs: 1 },
  { key: 'key-off', name: 'off', disabled: true },
]

const startWithAudit = async (name: string, options: Partial<AppOptions> = {}): Promise<House> => {
  const rows = { folder: join(outer, name) }
  const { sluice } = await startHouse({ rows, keys: KEYS, adminKeys: [ADMIN], ...options })
  return sluice
}

interface Line extends Record<string, unknown> {
  readonly action: string
  readonly count: number
}

const auditOf = async (sluice: House, query = ''): Promise<Line[]> =>
  (await sluice.send(`/admin/audit${query}`, as(ADMIN))).json.data as Line[]

const ID = expect.stringMatching(/^[0-9a-f]{12}$/)

describe('the audit', () => {
  it('has what an admin key read, by the hash of the key', async () => {
    const sluice = await startWithAudit('reads')
    const { headers } = await sluice.send('/admin/usage', as(ADMIN))
    await sluice.send('/admin', as(ADMIN))
    await sluice.send('/admin/usage?by=nothing', as(ADMIN))
    await sluice.send(`/admin/${ADMIN}`, as(ADMIN))
    const lines = (await auditOf(sluice)).filter(({ action }) => action === 'admin.read')
    const expected = { actor: ID, actor_name: null, address: '127.0.0.1', count: 1 }
    expect(lines).toHaveLength(4)
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...expected,
          subject: '/admin/usage',
          outcome: 'ok',
          status: 200,
          request_id: headers['x-request-id'],
        }),
        expect.objectContaining({ ...expected, subject: '/admin', outcome: 'ok' }),
        expect.objectContaining({
          ...expected,
          subject: '/admin/usage',
          outcome: 'invalid_request',
          status: 400,
        }),
        expect.objectContaining({ ...expected, subject: null, outcome: 'not_found', status: 404 }),
      ]),
    )
    const again = await auditOf(sluice)
    expect(again.map(({ subject }) => subject)).toContain('/admin/audit')
  })

  it('has who was refused, over HTTP and on sockets, and whose key it was if that is known', async () => {
    const sluice = await startWithAudit('refused')
    await sluice.send(CHAT, { body: chatBody(), ...as(WRONG) })
    await sluice.send(CHAT, { body: chatBody(), ...as(WRONG) })
    await sluice.send('/v1/models')
    await sluice.send(CHAT, { body: chatBody(), ...as('key-ended') })
    await sluice.send(CHAT, { body: chatBody(), ...as('key-off') })
    await sluice.send('/admin', as('key-one'))
    await sluice.send(CHAT, { body: chatBody(), ...as(ADMIN) })
    expect((await refusedClient(sluice.url, '/v1/responses', as(WRONG))).status).toBe(401)
    const client = await openClient(sluice.url, '/ws')
    client.send({ type: 'auth', api_key: WRONG })
    expect(await client.closed).toBe(4401)
    const lines = await auditOf(sluice)
    const sumOf = (fields: object): number =>
      lines
        .filter((line) => Object.entries(fields).every(([name, value]) => line[name] === value))
        .reduce((sum, { count }) => sum + count, 0)
    const refusal = { action: 'auth.refused', outcome: 'unauthenticated', status: 401 }
    expect(sumOf({ ...refusal, actor: null, address: '127.0.0.1' })).toBe(5)
    expect(sumOf({ ...refusal, actor_name: 'off' })).toBe(1)
    expect(sumOf({ action: 'key.expired', actor_name: 'old', status: 401 })).toBe(1)
    expect(sumOf({ action: 'auth.refused', actor_name: 'ci', outcome: 'forbidden' })).toBe(1)
    expect(lines.filter(({ actor, actor_name }) => actor && !actor_name)).toMatchObject([
      { action: 'auth.refused', actor: ID, count: 1 },
    ])
  })

  it('has no scrapes of the metrics, but who was refused there, and requests that failed', async () => {
    const sluice = await startWithAudit('scrapes')
    for (const path of ['/metrics', '/health'])
      expect((await sluice.send(path, as(ADMIN))).status).toBe(200)
    await sluice.send('/metrics', { method: 'POST', ...as(ADMIN) })
    await sluice.send('/metrics', as(WRONG))
    await sluice.send('/metrics', as('key-one'))
    const lines = await auditOf(sluice)
    expect(lines.filter(({ action }) => action === 'admin.read')).toMatchObject([
      { subject: '/metrics', outcome: 'method_not_allowed', actor: ID, count: 1 },
    ])
    const refused = lines.filter(({ action }) => action === 'auth.refused')
    expect(refused.map(({ status }) => status).toSorted()).toEqual([401, 403])
  })

  it('has models that a caller may not use, and callers whose key ends during a call', async () => {
    const { sluice } = await startHouse({
      rows: { folder: join(outer, 'ended') },
      adminKeys: [ADMIN],
      openAfterMs: 100,
      keys: [
        { key: 'key-short', name: 'short', models: ['gpt-*'], expiresAtMs: Date.now() + 1_500 },
      ],
      upstream: { reply: () => ({ parts: [{ text: 'one' }], delayMs: 60_000 }) },
    })
    const claude = { body: chatBody('x', { model: CLAUDE }), ...as('key-short') }
    expect((await sluice.send(CHAT, claude)).status).toBe(403)
    await sluice.send(CHAT, { body: chatBody('x', { stream: true }), ...as('key-short') })
    const lines = await auditOf(sluice)
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'model.refused', actor_name: 'short', status: 403 }),
        expect.objectContaining({ action: 'key.expired', actor_name: 'short', status: 401 }),
      ]),
    )
  })

  it('has the start, with a hash of the configuration that changes with it and not with secrets', async () => {
    const hashOf = async (name: string, options: Partial<AppOptions>): Promise<unknown> => {
      const rows = { folder: join(outer, name) }
      const sluice = await sluiceForTest({ rows, keys: KEYS, adminKeys: [ADMIN], ...options })
      const lines = await auditOf(sluice)
      // With the first request, which makes the file.
      const later = lines.length === 0 ? await auditOf(sluice) : lines
      expect(later.map(({ action }) => action)).toContain('server.started')
      return later.find(({ action }) => action === 'config.loaded')?.subject
    }
    const first = await hashOf('hash-1', {})
    expect(first).toMatch(/^version \d+\.\d+\.\d+, configuration [0-9a-f]{16}$/)
    expect(await hashOf('hash-2', { adminKeys: [ADMIN, 'sk-another-admin'] })).not.toBe(first)
    const other = [{ ...KEYS[0], key: 'key-of-another' }, ...KEYS.slice(1)] as typeof KEYS
    expect(await hashOf('hash-3', { keys: other })).toBe(first)
    expect(await hashOf('hash-4', { presets: false })).not.toBe(first)
  })

  it('has no secret and no prompt', async () => {
    const sluice = await startWithAudit('secrets')
    await sluice.send(CHAT, { body: chatBody('a prompt that is private'), ...as(WRONG) })
    await sluice.send(`/admin/${ADMIN}?key=${WRONG}`, as(ADMIN))
    const text = JSON.stringify([...(await auditOf(sluice)), ...(await auditOf(sluice))])
    for (const secret of [ADMIN, WRONG, 'key-one', 'private']) expect(text).not.toContain(secret)
  })

  it('has a bounded number of rows after a flood of wrong keys', async () => {
    const sluice = await startWithAudit('flood', { trustProxy: ['127.0.0.1'] })
    const ask = (at: number) =>
      sluice.send(CHAT, {
        body: chatBody(),
        headers: { 'x-api-key': `sk-wrong-${at}`, 'x-forwarded-for': `192.0.2.${at}` },
      })
    for (let at = 0; at < 240; at += 40)
      await Promise.all(Array.from({ length: 40 }, (_, more) => ask(at + more)))
    const lines = (await auditOf(sluice, '?limit=1000')).filter(
      ({ action }) => action === 'auth.refused',
    )
    expect(lines.reduce((sum, { count }) => sum + count, 0)).toBe(240)
    expect(new Set(lines.map(({ address }) => address)).size).toBeGreaterThan(100)
  })

  it('is refused to callers and to everybody else, and names what is wrong', async () => {
    const sluice = await startWithAudit('malformed')
    expect((await sluice.send('/admin/audit')).status).toBe(401)
    expect((await sluice.send('/admin/audit', as('key-one'))).status).toBe(403)
    for (const [query, param] of [
      ['since=then', 'since'],
      ['since=', 'since'],
      ['limit=0', 'limit'],
      ['limit=1001', 'limit'],
      ['limit=ten', 'limit'],
      ['limit=5&limit=6', 'limit'],
      ['since=7d&since=1d', 'since'],
      ['limit=5&since=2026-13-01', 'since'],
    ]) {
      const { status, json } = await sluice.send(`/admin/audit?${query}`, as(ADMIN))
      expect(status).toBe(400)
      expect(json.error).toMatchObject({ param })
    }
    expect((await sluice.send('/admin/audit', { body: {}, ...as(ADMIN) })).status).toBe(405)
    expect((await sluice.send('/admin/audit/', as(ADMIN))).status).toBe(404)
    const { sluice: without } = await startHouse({ keys: KEYS, adminKeys: [ADMIN] })
    expect((await without.send('/admin/audit', as(ADMIN))).status).toBe(404)
  })
})
