/** Live state of several workers, in the process that started them. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Claim, createLiveHost, createLiveStore } from '#stores'
import { another, bucketOf, newTag, slotOf, windowOf } from '../../tools/stores/claims.ts'
import { describeLiveStore } from '../../tools/stores/live-conformance.ts'
import { startTakingWorker } from '../../tools/stores/start-taking.ts'
import { linkForTest } from '../../tools/workers/linked.ts'

describeLiveStore('the live store of two workers', async () => {
  const host = createLiveHost()
  const open = async () => {
    const { first, worker } = linkForTest()
    host.serve(first)
    const store = createLiveStore({ port: worker })
    await store.ready()
    return store
  }
  return [await open(), await open()]
})

const OPERATIONS = 20_000
const MAX = 7_531

const tag = newTag()

const KINDS: readonly (readonly [string, readonly Claim[]])[] = [
  ['a window', [windowOf(MAX)]],
  ['a bucket', [bucketOf(MAX)]],
  ['slots', [slotOf(MAX, { ttlMs: 60_000 })]],
  [
    'all of them together',
    [
      windowOf(MAX + 10, { key: `${tag}window` }),
      bucketOf(MAX, { key: `${tag}bucket` }),
      slotOf(MAX + 20, { key: `${tag}slots`, ttlMs: 60_000 }),
    ],
  ],
]

describe('two processes with one line each', () => {
  it.each(KINDS)('are allowed exactly the maximum of %s', async (_, claims) => {
    const host = createLiveHost()
    const processes = await Promise.all([startTakingWorker(host), startTakingWorker(host)])
    const work = { claims, operations: OPERATIONS / processes.length }
    const passed = await Promise.all(processes.map((each) => each.take(work)))
    expect(passed.reduce((sum, each) => sum + each, 0)).toBe(MAX)
  })

  it('release their slots when they are killed', async () => {
    const host = createLiveHost()
    const claim = slotOf(20, { ttlMs: 60_000 })
    const holder = await startTakingWorker(host)
    expect(await holder.take({ claims: [claim], operations: 50 })).toBe(20)
    const { first, worker } = linkForTest()
    host.serve(first)
    const store = createLiveStore({ port: worker })
    onTestFinished(() => store.close())
    await store.ready()
    expect((await store.take([another(claim)])).allowed).toBe(false)
    holder.kill()
    await expect.poll(async () => (await store.take([another(claim)])).allowed).toBe(true)
  })
})
