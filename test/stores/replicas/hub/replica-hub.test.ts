/** Processes that reach each other through one. */
import { describe, expect, it } from 'vitest'
import { createReplicaHub } from '#stores'
import { createFaultyHub } from '../../../tools/stores/replicas/faulty-hub.ts'
import { describeReplicas } from '../../../tools/stores/replicas/replicas-conformance.ts'
import { watch } from '../../../tools/stores/replicas/watched.ts'

describeReplicas('processes of a hub', async () => {
  const hub = createReplicaHub()
  return { join: async () => hub.join(), kill: ({ self }) => hub.end(self) }
})

describeReplicas('processes of a hub with faults', async () => {
  const hub = createFaultyHub()
  return { join: async () => hub.join(), kill: ({ self }) => hub.kill(self) }
})

describe('a process whose lease has ended', () => {
  it('is gone for the others, and learns what it has lost before anything else', async () => {
    const hub = createFaultyHub()
    const [a, b] = [watch(hub.join()), watch(hub.join())]
    await a.replicas.claim('one')
    await a.replicas.claim('two')
    hub.freeze(a.replicas.self)
    b.replicas.send(a.replicas.self, 'before')
    hub.expire(a.replicas.self)
    await expect.poll(() => b.heard).toEqual([['gone', a.replicas.self]])
    expect(await b.replicas.claim('one')).toBe(b.replicas.self)
    expect(await b.replicas.living()).toEqual([b.replicas.self])
    a.replicas.send(b.replicas.self, 'of its past')
    expect(a.heard).toEqual([])
    expect(a.replicas.isWell).toBe(false)
    await expect(a.replicas.claim('two')).rejects.toMatchObject({ code: 'store_unavailable' })
    hub.thaw(a.replicas.self)
    b.replicas.send(a.replicas.self, 'after')
    await expect
      .poll(() => a.heard)
      .toEqual([
        ['lost', ['one', 'two']],
        ['missed', b.replicas.self],
        ['message', b.replicas.self, 'after'],
      ])
    expect(await a.replicas.claim('one')).toBe(b.replicas.self)
    expect(await a.replicas.claim('two')).toBe(a.replicas.self)
    expect(b.messagesOf(a.replicas)).toEqual([])
  })
})

describe('a process that is frozen', () => {
  it('hears and says later what it would have heard and said', async () => {
    const hub = createFaultyHub()
    const [a, b] = [watch(hub.join()), watch(hub.join())]
    hub.freeze(a.replicas.self)
    b.replicas.send(a.replicas.self, '1')
    b.replicas.send(b.replicas.self, 'end')
    a.replicas.send(b.replicas.self, '2')
    await expect.poll(() => b.messagesOf(b.replicas)).toEqual(['end'])
    expect([a.heard, b.messagesOf(a.replicas)]).toEqual([[], []])
    hub.thaw(a.replicas.self)
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['2'])
    expect(a.messagesOf(b.replicas)).toEqual(['1'])
  })
})

describe('messages that are dropped', () => {
  it('are missed by their receiver, before it hears the next', async () => {
    const hub = createFaultyHub()
    const [a, b] = [watch(hub.join()), watch(hub.join())]
    hub.drop(a.replicas.self, b.replicas.self, 2)
    for (const message of ['1', '2', '3']) a.replicas.send(b.replicas.self, message)
    await expect
      .poll(() => b.heard)
      .toEqual([
        ['missed', a.replicas.self],
        ['message', a.replicas.self, '3'],
      ])
  })
})
