/** `GET /admin/usage`: the usage of all callers, for an admin key alone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
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
