import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, it } from 'vitest'
import { createSpool, type Spool } from '#stores'

const outer = mkdtempSync(join(tmpdir(), 'sluice-spool-'))
afterAll(() => rmSync(outer, { recursive: true }))

const open: Spool[] = []
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close()
})

const spoolAt = (name: string, maxBytes?: number): Spool => {
  const spool = createSpool(join(outer, name), maxBytes)
  open.push(spool)
  return spool
}

it('gives batches back in the order in which they came, also to the next process', async () => {
  const spool = spoolAt('order')
  expect(await spool.exists()).toBe(false)
  for (const batch of ['a', 'b', 'c']) await spool.add(batch)
  const first = await spool.first()
  expect(first?.batch).toBe('a')
  await spool.remove(first?.id ?? 0)
  await spool.close()
  const next = spoolAt('order')
  expect(await next.exists()).toBe(true)
  for (const batch of ['b', 'c']) {
    const found = await next.first()
    expect(found?.batch).toBe(batch)
    await next.remove(found?.id ?? 0)
  }
  expect(await next.first()).toBeUndefined()
})

it('is shared by processes', async () => {
  const [one, two] = [spoolAt('shared'), spoolAt('shared')]
  await Promise.all(
    Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? one : two).add(String(at))),
  )
  const found: string[] = []
  for (let next = await two.first(); next; next = await two.first()) {
    found.push(next.batch)
    await one.remove(next.id)
  }
  expect(found.toSorted()).toEqual(Array.from({ length: 40 }, (_, at) => String(at)).toSorted())
})

it('refuses what is beyond its size, has room again afterwards, and loses nothing that it took', async () => {
  const spool = spoolAt('full', 256 * 1024)
  const batch = 'x'.repeat(20_000)
  let taken = 0
  await expect(
    (async () => {
      for (; taken < 1_000; taken++) await spool.add(batch)
    })(),
  ).rejects.toThrow('full')
  expect(taken).toBeGreaterThan(5)
  const first = await spool.first()
  await spool.remove(first?.id ?? 0)
  await spool.add(batch)
})

it('keeps what comes after its folder was deleted', async () => {
  const spool = spoolAt('deleted')
  await spool.add('a')
  rmSync(join(outer, 'deleted'), { recursive: true })
  await spool.add('b')
  expect((await spool.first())?.batch).toBe('b')
})
