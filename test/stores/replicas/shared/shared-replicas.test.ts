/** Workers that reach each other through the process that started them. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createReplicaHost, createReplicas, type ReplicaHost, type Replicas } from '#stores'
import { describeReplicas } from '../../../tools/stores/replicas/replicas-conformance.ts'
import { type Watched, watch } from '../../../tools/stores/replicas/watched.ts'
import { type Linked, linkForTest } from '../../../tools/workers/linked.ts'

interface Worker extends Watched {
  readonly line: Linked
  kill(): void
}

const startWorker = async (host: ReplicaHost): Promise<Worker> => {
  const line = linkForTest()
  const kill = host.serve(line.first)
  const replicas = createReplicas({ port: line.worker })
  if (!replicas) throw new Error('A worker is one of several.')
  await vi.waitFor(() => expect(replicas.isWell).toBe(true))
  return { ...watch(replicas), line, kill }
}

describeReplicas('workers', async () => {
  const host = createReplicaHost()
  const kills = new Map<Replicas, () => void>()
  return {
    async join() {
      const { replicas, kill } = await startWorker(host)
      kills.set(replicas, kill)
      return replicas
    },
    kill: (replicas) => kills.get(replicas)?.(),
  }
})

describe('a worker', () => {
  it('waits a second at most for a first process that does not answer', async () => {
    const host = createReplicaHost()
    const [a, b] = [await startWorker(host), await startWorker(host)]
    a.line.freeze()
    const startedAt = performance.now()
    await expect(a.replicas.claim('name')).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(a.replicas.isWell).toBe(false)
    await expect(a.replicas.living()).rejects.toMatchObject({ code: 'store_unavailable' })
    a.line.thaw()
    await expect.poll(() => a.replicas.isWell, { timeout: 5_000 }).toBe(true)
    // What was answered too late was given back.
    expect(await b.replicas.claim('name')).toBe(b.replicas.self)
  })

  it('can ask nothing when the first process is gone', async () => {
    const a = await startWorker(createReplicaHost())
    a.line.disconnect()
    await expect(a.replicas.claim('name')).rejects.toMatchObject({ code: 'store_unavailable' })
    a.replicas.release('name')
    a.replicas.send('nobody', 'text')
    await a.replicas.close()
  })
})

describe('a worker that says nothing for as long as a lease', () => {
  it('is gone for the others, and learns that it has lost everything', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const host = createReplicaHost()
    const [a, b] = [await startWorker(host), await startWorker(host)]
    await a.replicas.claim('mine')
    a.line.freeze()
    await vi.advanceTimersByTimeAsync(9_000)
    expect(await b.replicas.claim('mine')).toBe(a.replicas.self)
    await vi.advanceTimersByTimeAsync(3_000)
    await expect.poll(() => b.has('gone', a.replicas)).toBe(true)
    expect(await b.replicas.claim('mine')).toBe(b.replicas.self)
    a.replicas.send(b.replicas.self, 'of its past')
    a.line.thaw()
    await expect.poll(a.lost).toEqual(['mine'])
    expect(a.has('missed', b.replicas)).toBe(true)
    expect(await a.replicas.claim('mine')).toBe(b.replicas.self)
    a.replicas.send(b.replicas.self, 'again')
    await expect.poll(() => b.messagesOf(a.replicas).at(-1)).toBe('again')
  })
})
