/** The audit in both stores: what is the same in a minute is one row, and what arrives twice counts once. */
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AuditEvent } from '#model'
import { type AuditReport, toAuditQuery, toUsageQuery } from '#usage'
import { writeAudit } from '../../../src/usage/audit/rows/write-audit.ts'
import { startLedger } from '../../tools/stores/ledger-under-test.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'

const under = useRowsUnderTest()

const refused = (changes: Partial<AuditEvent> = {}): AuditEvent => ({
  action: 'auth.refused',
  outcome: 'unauthenticated',
  status: 401,
  requestId: 'req_1',
  address: '192.0.2.1',
  ...changes,
})

const toTimes = ({ data }: AuditReport): unknown =>
  data.map(({ action, address, count }) => [action, address, count])

describe(`the audit in ${under.kind}`, () => {
  it('has who did what, when and with which outcome, the latest first', async () => {
    const books = startLedger(await under.place())
    books.note({
      action: 'admin.read',
      subject: '/admin/usage',
      outcome: 'ok',
      status: 200,
      requestId: 'req_1',
      actor: { id: '0123456789ab' },
      address: '192.0.2.1',
    })
    await new Promise((resolve) => setTimeout(resolve, 5))
    books.note({ ...refused(), action: 'key.expired', actor: { id: 'ffff', name: 'ci' } })
    const { data, has_more } = await books.reportAudit(toAuditQuery({}))
    expect(has_more).toBe(false)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(data).toEqual([
      {
        time,
        last_time: time,
        count: 1,
        action: 'key.expired',
        subject: null,
        outcome: 'unauthenticated',
        status: 401,
        actor: 'ffff',
        actor_name: 'ci',
        address: '192.0.2.1',
        request_id: 'req_1',
      },
      {
        time,
        last_time: time,
        count: 1,
        action: 'admin.read',
        subject: '/admin/usage',
        outcome: 'ok',
        status: 200,
        actor: '0123456789ab',
        actor_name: null,
        address: '192.0.2.1',
        request_id: 'req_1',
      },
    ])
  })

  it('counts what is the same, and keeps the number when it rises after it was written', async () => {
    const books = startLedger(await under.place())
    // Another minute may begin meanwhile.
    const sum = async (): Promise<number> =>
      (await books.reportAudit(toAuditQuery({}))).data.reduce((all, { count }) => all + count, 0)
    for (let at = 0; at < 5; at++) books.note(refused({ requestId: `req_${at}` }))
    expect(await sum()).toBe(5)
    for (let at = 0; at < 3; at++) books.note(refused())
    expect(await sum()).toBe(8)
    expect((await books.reportAudit(toAuditQuery({}))).data.length).toBeLessThanOrEqual(2)
  })

  it('has a bounded number of rows of a flood, and counts all of it', async () => {
    const books = startLedger(await under.place())
    for (let at = 0; at < 5_000; at++)
      books.note(refused({ address: `192.0.${at >> 8}.${at & 255}`, requestId: `req_${at}` }))
    const { data } = await books.reportAudit(toAuditQuery({ limit: '1000' }))
    expect(data.length).toBeLessThanOrEqual(2 * 201)
    expect(data.reduce((all, { count }) => all + count, 0)).toBe(5_000)
    expect(data.some(({ address, count }) => address === null && count > 4_000)).toBe(true)
  })

  it('counts a row once that arrives twice, in any order', async () => {
    const place = await under.place()
    const store = await under.at(place).open()
    const row = (times: number): string =>
      JSON.stringify({
        audit: [['id', 1, times, times, 'req', null, null, 'a', 'auth.refused', null, 'x', 401]],
      })
    for (const times of [1, 7, 3, 7]) await writeAudit(store, row(times))
    const found = await store.db.selectFrom('audit').select(['times', 'last_at']).execute()
    expect(found).toEqual([{ times: 7, last_at: 7 }])
  })

  it('stores any text, without the secrets in it', async () => {
    const books = startLedger(await under.place(), (text) =>
      text.replaceAll('sk-secret', '[redacted]'),
    )
    books.note(refused({ actor: { id: 'i'.repeat(300), name: 'a\0b\ud800c sk-secret' } }))
    books.note(refused({ address: 'x'.repeat(1_000) }))
    books.note(refused({ subject: 'with sk-secret' }))
    const { data } = await books.reportAudit(toAuditQuery({}))
    expect(JSON.stringify(data)).not.toContain('sk-secret')
    expect(data.map((line) => line.actor_name)).toContain('a\ufffdb\ufffdc [redacted]')
    expect(data.map((line) => line.address)).toContain('x'.repeat(256))
  })

  it('is read from a time on, and so many lines as were asked for', async () => {
    const books = startLedger(await under.place())
    for (let at = 0; at < 5; at++) books.note(refused({ address: `192.0.2.${at}` }))
    const two = await books.reportAudit(toAuditQuery({ limit: '2' }))
    expect(two).toMatchObject({ has_more: true })
    expect(two.data).toHaveLength(2)
    const all = await books.reportAudit(toAuditQuery({ limit: '5', since: '1h' }))
    expect(all).toMatchObject({ has_more: false })
    expect(all.data).toHaveLength(5)
    const later = new Date(Date.now() + 60_000).toISOString()
    expect(await books.reportAudit(toAuditQuery({ since: later }))).toEqual({
      data: [],
      has_more: false,
    })
  })

  it('has the start with the first other row, and makes no file without one', async () => {
    const place = await under.place()
    const start: AuditEvent = { action: 'server.started', outcome: 'ok' }
    const idle = startLedger(place)
    await idle.start([start])
    await idle.close()
    if (under.kind === 'sqlite') expect(existsSync(place.folder)).toBe(false)

    const books = startLedger(place)
    await books.start([start])
    books.settle(toSettlement())
    await books.reportUsage(toUsageQuery({}))
    await books.close()
    const next = startLedger(place)
    await next.start([start])
    const { data } = await next.reportAudit(toAuditQuery({}))
    const expected = ['server.started', 'server.stopped', 'server.started']
    // PostgreSQL is there already.
    const earlier = under.kind === 'postgres' ? ['server.stopped', 'server.started'] : []
    const counted = data.flatMap(({ action, count }) => Array.from({ length: count }, () => action))
    expect(counted.toSorted()).toEqual([...expected, ...earlier].toSorted())
  })

  it('has the calls that a key may not make, or that its end cut off', async () => {
    const books = startLedger(await under.place())
    books.settle(toSettlement({ callerName: 'ci' }))
    books.settle(toSettlement({ outcome: 'forbidden', status: 403, requestId: 'req_2' }))
    books.settle(toSettlement({ outcome: 'unauthenticated', status: 401, requestId: 'req_3' }))
    expect(toTimes(await books.reportAudit(toAuditQuery({})))).toEqual(
      expect.arrayContaining([
        ['key.expired', null, 1],
        ['model.refused', null, 1],
      ]),
    )
    expect((await books.reportAudit(toAuditQuery({}))).data).toHaveLength(2)
  })
})
