/** What a worker does when the first process does not answer, and what remains there of a worker that is gone. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createLiveHost, createLiveStore, type LiveHost, type OnStoreFailure } from '#stores'
import { another, bucketOf, newTag, slotOf, windowOf } from '../../../tools/stores/claims.ts'
import { linkForTest } from '../../../tools/workers/linked.ts'

const startWorker = async (host: LiveHost, onStoreFailure: OnStoreFailure = 'allow') => {
  const line = linkForTest()
  const lines: string[] = []
  const end = host.serve(line.first)
  const log = {
    warn: (_fields: object, message: string) => void lines.push(message),
    info: (_fields: object, message: string) => void lines.push(message),
  }
  const store = createLiveStore({ port: line.worker, onStoreFailure, log })
  await store.ready()
  return { ...line, store, lines, end }
}

describe('a worker whose first process does not answer', () => {
  it('counts by itself, waits once, and uses it again when it answers', async () => {
    const { store, lines, freeze, thaw } = await startWorker(createLiveHost())
    const claim = windowOf(2)
    await store.take([claim])
    freeze()
    expect(await store.take([claim])).toMatchObject({ allowed: true, degraded: true })
    expect(store.healthy).toBe(false)
    expect(store.take([claim])).toMatchObject({ allowed: true, degraded: true })
    expect(store.take([claim])).toMatchObject({ allowed: false, degraded: true })
    thaw()
    await expect.poll(() => store.healthy, { timeout: 5_000 }).toBe(true)
    expect(lines).toEqual(['the first process cannot be used', 'the first process is used again'])
    await store.close()
  })

  it('refuses calls if the file says so', async () => {
    const { store, freeze } = await startWorker(createLiveHost(), 'refuse')
    freeze()
    await expect(Promise.resolve(store.take([windowOf(2)]))).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect(() => store.take([windowOf(2)])).toThrow('cannot be checked')
    await store.close()
  })

  it('needs it for no call without limits', async () => {
    const { store, freeze } = await startWorker(createLiveHost(), 'refuse')
    freeze()
    expect(store.take([])).toEqual({ allowed: true, states: [] })
    await store.close()
  })

  it('gives back there what arrived too late and was refused here', async () => {
    const host = createLiveHost()
    const { store, freeze, thaw } = await startWorker(host, 'refuse')
    const other = await startWorker(host)
    const claims = [windowOf(1), bucketOf(1), slotOf(1)]
    freeze()
    await expect(Promise.resolve(store.take(claims))).rejects.toThrow('cannot be checked')
    thaw()
    await expect.poll(() => store.healthy, { timeout: 5_000 }).toBe(true)
    expect((await other.store.take(claims)).allowed).toBe(true)
    await Promise.all([store.close(), other.store.close()])
  })

  it('has its slots there again afterwards, and releases them there even while nobody answers', async () => {
    const host = createLiveHost()
    const { store, freeze, thaw } = await startWorker(host)
    const other = await startWorker(host)
    const [kept, released] = [slotOf(1), slotOf(1)]
    await store.take([released])
    freeze()
    expect(await store.take([kept])).toMatchObject({ allowed: true, degraded: true })
    store.release([released])
    thaw()
    await expect.poll(() => store.healthy, { timeout: 5_000 }).toBe(true)
    await expect.poll(async () => (await other.store.take([another(released)])).allowed).toBe(true)
    expect((await other.store.take([another(kept)])).allowed).toBe(false)
    await Promise.all([store.close(), other.store.close()])
  })
})

describe('a worker that is gone', () => {
  it('holds no slot any more, and hears nothing', async () => {
    const host = createLiveHost()
    const { store, end } = await startWorker(host)
    const other = await startWorker(host)
    const claim = slotOf(1)
    const channel = newTag()
    const heard: string[] = []
    store.subscribe(channel, (message) => heard.push(message))
    await store.take([claim])
    expect((await other.store.take([another(claim)])).allowed).toBe(false)
    end()
    expect((await other.store.take([another(claim)])).allowed).toBe(true)
    other.store.publish(channel, 'news')
    await sleep(50)
    expect(heard).toEqual([])
    await Promise.all([store.close(), other.store.close()])
  })
})
