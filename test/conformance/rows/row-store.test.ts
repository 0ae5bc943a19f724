/** The contract of the row store. */
import { existsSync } from 'node:fs'
import { Kysely, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { RowOptions } from '#stores'
import { migrate, MIGRATIONS } from '../../../src/stores/rows/migrations/migrate.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'
import { writeEarlyRow } from '../../tools/stores/early-row.ts'
import { openBare } from '../../tools/stores/open-bare.ts'

const under = useRowsUnderTest()

const minute = (caller: string, calls = 1) => ({
  minute: 60_000,
  caller_id: caller,
  key_name: '',
  owner: '',
  provider: 'openai',
  target_model: 'gpt-4o',
  calls,
  failed_calls: 0,
  unpriced_calls: 0,
  input_tokens: 1,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 1,
  reasoning_tokens: 0,
  cost_pico: 2 ** 53 - 1,
  duration_ms: 0.5,
  cached_calls: 0,
  unpriced_cached_calls: 0,
  saved_pico: 0,
})

describe(`the rows in ${under.kind}`, () => {
  it('come back as they were written', async () => {
    const { db } = await under.at(await under.place()).open()
    await db.insertInto('ledger_minutes').values(minute('ä🙂"\'\\')).execute()
    expect(await db.selectFrom('ledger_minutes').selectAll().execute()).toEqual([
      minute('ä🙂"\'\\'),
    ])
  })

  it('report how many they changed', async () => {
    const { db } = await under.at(await under.place()).open()
    await db
      .insertInto('ledger_minutes')
      .values([minute('a'), minute('b')])
      .execute()
    const changed = await db.updateTable('ledger_minutes').set({ calls: 7 }).executeTakeFirst()
    expect(changed.numUpdatedRows).toBe(2n)
    const deleted = await db.deleteFrom('ledger_minutes').returning('calls').execute()
    expect(deleted).toEqual([{ calls: 7 }, { calls: 7 }])
  })

  it('are all there after a transaction, or none of them', async () => {
    const store = await under.at(await under.place()).open()
    const failed = store.transaction(async (db) => {
      await db.insertInto('ledger_minutes').values(minute('a')).execute()
      throw new Error('stop')
    })
    await expect(failed).rejects.toThrow('stop')
    const twice = store.transaction(async (db) => {
      await db.insertInto('ledger_minutes').values(minute('a')).execute()
      await db.insertInto('ledger_minutes').values(minute('a')).execute()
    })
    await expect(twice).rejects.toThrow()
    expect(await store.db.selectFrom('ledger_minutes').selectAll().execute()).toEqual([])
    await store.transaction((db) => db.insertInto('ledger_minutes').values(minute('b')).execute())
    expect(await store.db.selectFrom('ledger_minutes').selectAll().execute()).toHaveLength(1)
  })

  it('are written by many transactions at once without a loss', async () => {
    const place = await under.place()
    const stores = await Promise.all([under.at(place).open(), under.at(place).open()])
    await stores[0].db.insertInto('ledger_minutes').values(minute('a', 0)).execute()
    await Promise.all(
      Array.from({ length: 60 }, (_, at) =>
        stores[at % 2]?.transaction((db) =>
          db
            .updateTable('ledger_minutes')
            .set((eb) => ({ calls: eb('calls', '+', 1) }))
            .execute(),
        ),
      ),
    )
    const found = await stores[0].db.selectFrom('ledger_minutes').select('calls').execute()
    expect(found).toEqual([{ calls: 60 }])
  })

  it('are written by several statements at once, all of them or none', async () => {
    const store = await under.at(await under.place()).open()
    if (store.kind !== 'sqlite') return
    const count = async () =>
      (await store.db.selectFrom('ledger_minutes').select('calls').execute()).length
    const insert = (caller: string) => {
      const { sql: text, parameters } = store.db
        .insertInto('ledger_minutes')
        .values(minute(caller))
        .compile()
      return { sql: text, parameters }
    }
    const nothing = { sql: 'delete from ledger_minutes where 1 = 0', parameters: [] }
    expect(await store.runAtOnce([insert('a'), insert('b')])).toBe(true)
    expect(await store.runAtOnce([nothing, insert('c')])).toBe(false)
    await expect(store.runAtOnce([insert('d'), insert('a')])).rejects.toThrow('UNIQUE')
    expect(await count()).toBe(2)
    const settled = await Promise.allSettled([
      store.runAtOnce([insert('h')]),
      store.runAtOnce([insert('i'), insert('a')]),
      store.runAtOnce([nothing, insert('i')]),
      store.runAtOnce([insert('k')]),
    ])
    expect(settled.map((each) => ('value' in each ? each.value : 'failed'))).toEqual([
      true,
      'failed',
      false,
      true,
    ])
    expect(await count()).toBe(4)
    // Neither is part of the other.
    const other = store.transaction(async (db) => {
      await db.insertInto('ledger_minutes').values(minute('e')).execute()
      await db.insertInto('ledger_minutes').values(minute('f')).execute()
      throw new Error('stop')
    })
    await Promise.all([expect(other).rejects.toThrow('stop'), store.runAtOnce([insert('g')])])
    expect(await count()).toBe(5)
  })

  it('are there for the next process', async () => {
    const place = await under.place()
    const first = under.at(place)
    await (await first.open()).db.insertInto('ledger_minutes').values(minute('a')).execute()
    await first.close()
    await expect(first.open()).rejects.toThrow('closed')
    const next = await under.at(place).open()
    expect(await next.db.selectFrom('ledger_minutes').selectAll().execute()).toHaveLength(1)
  })

  it('make nothing on the disk before they are opened', async () => {
    const place = await under.place()
    const rows = under.at(place)
    expect(await rows.exist()).toBe(under.kind === 'postgres')
    expect(existsSync(place.folder)).toBe(false)
    await rows.open()
    expect(await rows.exist()).toBe(true)
    expect(existsSync(place.folder)).toBe(under.kind === 'sqlite')
  })

  it('can be opened after a failure', async () => {
    const place = await under.place()
    const { databaseUrl, folder } = place
    const broken: RowOptions = databaseUrl
      ? { folder, databaseUrl: databaseUrl.replace(/:\d+\//, ':1/') }
      : { folder: '/dev/null/none' }
    const rows = under.at(broken)
    await expect(rows.open()).rejects.toThrow()
    await expect(rows.open()).rejects.toThrow()
    await under.at(place).open()
  })
})

describe(`the migrations of ${under.kind}`, () => {
  const columnsOf = async (place: RowOptions): Promise<unknown> => {
    const { db } = await under.at(place).open()
    const tables = await db.introspection.getTables()
    return tables
      .map(({ name, columns }) => [name, columns.map((column) => column.name)])
      .toSorted(([a], [b]) => String(a).localeCompare(String(b)))
  }

  it('run once, when two processes start at once', async () => {
    const place = await under.place()
    await Promise.all(Array.from({ length: 4 }, () => under.at(place).open()))
    const { db } = await under.at(place).open()
    const { rows } = await sql<{ name: string }>`select name from migrations`.execute(db)
    expect(rows.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name))
  })

  it('run once, when two processes find the same earlier version', async () => {
    const place = await under.place()
    await writeEarlyRow(place)
    const stores = await Promise.all(Array.from({ length: 4 }, () => under.at(place).open()))
    for (const { db } of stores) {
      const { rows } = await sql<{ name: string }>`select name from migrations`.execute(db)
      expect(rows.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name))
      const minutes = await db.selectFrom('ledger_minutes').select('calls').execute()
      expect(minutes).toEqual([{ calls: 1 }])
    }
  })

  it.each(MIGRATIONS.map(({ name }, at) => [name, at] as const))(
    'lead from the version before %s to the latest',
    async (_name, count) => {
      const [place, empty] = [await under.place(), await under.place()]
      const bare = await openBare(place)
      await migrate(bare.db as Kysely<unknown>, async () => undefined, MIGRATIONS.slice(0, count))
      await bare.close()
      expect(await columnsOf(place)).toEqual(await columnsOf(empty))
    },
  )

  it('keep the rows of earlier versions, and sum them', async () => {
    const place = await under.place()
    const bare = await openBare(place)
    await migrate(bare.db as Kysely<unknown>, async () => undefined, MIGRATIONS.slice(0, 1))
    for (const id of ['a', 'b', 'c'])
      await sql`insert into ledger (id, ended_at, request_id, log_request_id, caller_id, route, provider, target_model,
        input_tokens, estimated, cost_pico, outcome, attempts, duration_ms)
        values (${id}, ${id === 'c' ? 120_000 : 60_001}, 'req', 'req', 'me', 'POST /', 'openai', 'gpt', 5, 0,
        ${id === 'a' ? 3 : null}, ${id === 'b' ? 'internal' : 'ok'}, 1, 1)`.execute(bare.db)
    await bare.close()
    const { db } = await under.at(place).open()
    expect(await db.selectFrom('ledger').select('id').orderBy('id').execute()).toHaveLength(3)
    const minutes = await db
      .selectFrom('ledger_minutes')
      .select(['minute', 'calls', 'failed_calls', 'unpriced_calls', 'input_tokens', 'cost_pico'])
      .orderBy('minute')
      .execute()
    expect(minutes).toEqual([
      {
        minute: 60_000,
        calls: 2,
        failed_calls: 1,
        unpriced_calls: 1,
        input_tokens: 10,
        cost_pico: 3,
      },
      {
        minute: 120_000,
        calls: 1,
        failed_calls: 0,
        unpriced_calls: 1,
        input_tokens: 5,
        cost_pico: 0,
      },
    ])
  })

  it('let a process of an earlier version write its sums', async () => {
    const { db } = await under.at(await under.place()).open()
    const { cached_calls: _, unpriced_cached_calls: __, saved_pico: ___, ...early } = minute('a')
    await db
      .insertInto('ledger_minutes')
      .values(early as ReturnType<typeof minute>)
      .execute()
    expect(await db.selectFrom('ledger_minutes').selectAll().execute()).toEqual([minute('a')])
  })

  it('leave a database of a later version as it is', async () => {
    const place = await under.place()
    const first = under.at(place)
    const { db } = await first.open()
    await sql`insert into migrations (name, applied_at) values ('9999-later', 1)`.execute(db)
    await first.close()
    await under.at(place).open()
  })

  it('leave nothing behind if one of them fails', async () => {
    const place = await under.place()
    const bare = await openBare(place)
    const broken = {
      name: '0003-broken',
      up: async (db: Kysely<unknown>) => {
        await db.schema.createTable('half').addColumn('a', 'text').execute()
        throw new Error('broken')
      },
    }
    await expect(
      migrate(bare.db as Kysely<unknown>, async () => undefined, [...MIGRATIONS, broken]),
    ).rejects.toThrow('broken')
    expect(await bare.db.introspection.getTables()).toEqual([])
    await bare.close()
  })
})
