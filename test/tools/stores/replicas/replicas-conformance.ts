/** What processes must be to each other, whether they are in one process, on one machine or share a Redis. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Replicas } from '#stores'
import { type Watched, watch } from './watched.ts'

/** The processes of one installation. */
export interface Installation {
  /** Resolves when it is well. */
  join(): Promise<Replicas>
  /** Ends one without a goodbye. */
  kill(replicas: Replicas): void
}

export const describeReplicas = (name: string, open: () => Promise<Installation>): void => {
  describe(name, () => {
    let opened: Promise<Installation> | undefined

    const join = async (): Promise<Watched> => {
      const replicas = await (await (opened ??= open())).join()
      onTestFinished(() => replicas.close())
      return watch(replicas)
    }

    const kill = async ({ replicas }: Watched): Promise<void> => (await opened)?.kill(replicas)

    const newName = (): string => `key:{a} ${randomUUID()}`

    describe('a name', () => {
      it('belongs to the first that claims it, until it is released', async () => {
        const [a, b] = [await join(), await join()]
        const session = newName()
        expect(await a.replicas.claim(session)).toBe(a.replicas.self)
        expect(await b.replicas.claim(session)).toBe(a.replicas.self)
        expect(await a.replicas.claim(session)).toBe(a.replicas.self)
        a.replicas.release(session)
        await expect.poll(() => b.replicas.claim(session)).toBe(b.replicas.self)
        expect(await a.replicas.claim(session)).toBe(b.replicas.self)
      })

      it('has one owner, however many claim it at once', async () => {
        const all = await Promise.all([join(), join(), join()])
        const session = newName()
        const owners = await Promise.all(
          Array.from({ length: 30 }, (_, at) => all[at % 3]?.replicas.claim(session)),
        )
        expect(new Set(owners).size).toBe(1)
      })

      it('is not released by another, or twice', async () => {
        const [a, b] = [await join(), await join()]
        const session = newName()
        await a.replicas.claim(session)
        b.replicas.release(session)
        b.replicas.release(newName())
        expect(await b.replicas.claim(session)).toBe(a.replicas.self)
        a.replicas.release(session)
        a.replicas.release(session)
        await expect.poll(() => b.replicas.claim(session)).toBe(b.replicas.self)
      })

      it('can be claimed again right after its release', async () => {
        const [a, b] = [await join(), await join()]
        const session = newName()
        await a.replicas.claim(session)
        a.replicas.release(session)
        expect(await a.replicas.claim(session)).toBe(a.replicas.self)
        expect(await b.replicas.claim(session)).toBe(a.replicas.self)
      })

      it('may be anything', async () => {
        const [a, b] = [await join(), await join()]
        for (const each of ['', '__proto__', '{x}{y}', '\0', 'ü'.repeat(10_000), 'a\r\nb']) {
          const session = `${each}${randomUUID()}`
          expect(await a.replicas.claim(session)).toBe(a.replicas.self)
          expect(await b.replicas.claim(session)).toBe(a.replicas.self)
        }
      })
    })

    describe('a message', () => {
      it('arrives once and in order, also at the process that sent it', async () => {
        const [a, b] = [await join(), await join()]
        const messages = Array.from({ length: 2_000 }, (_, at) => `${at}`)
        for (const message of messages) {
          a.replicas.send(b.replicas.self, message)
          a.replicas.send(a.replicas.self, message)
        }
        await expect.poll(() => b.messagesOf(a.replicas).length).toBe(messages.length)
        await expect.poll(() => a.messagesOf(a.replicas).length).toBe(messages.length)
        expect(b.messagesOf(a.replicas)).toEqual(messages)
        expect(a.messagesOf(a.replicas)).toEqual(messages)
        expect(b.heard.filter(([kind]) => kind !== 'message')).toEqual([])
      })

      it('is not heard before its sender has gone on', async () => {
        const a = await join()
        a.replicas.send(a.replicas.self, 'later')
        expect(a.heard).toEqual([])
        await expect.poll(() => a.messagesOf(a.replicas)).toEqual(['later'])
      })

      it('may have any text', async () => {
        const [a, b] = [await join(), await join()]
        const texts = ['', '\0\u001e\n\r\n', 'ü€😀', '"[{', 'x'.repeat(300_000), '']
        for (const text of texts) a.replicas.send(b.replicas.self, text)
        await expect.poll(() => b.messagesOf(a.replicas).length).toBe(texts.length)
        expect(b.messagesOf(a.replicas)).toEqual(texts)
      })

      it('is not heard by those that have left', async () => {
        const [a, b] = [await join(), await join()]
        const late: string[] = []
        const end = b.replicas.listen({
          message: (_, message) => void late.push(message),
          missed: () => undefined,
          gone: () => undefined,
          lost: () => undefined,
        })
        a.replicas.send(b.replicas.self, '1')
        await expect.poll(() => late).toEqual(['1'])
        end()
        a.replicas.send(b.replicas.self, '2')
        await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['1', '2'])
        expect(late).toEqual(['1'])
      })
    })

    describe('a process', () => {
      it('is well, and knows who is alive', async () => {
        const [a, b] = [await join(), await join()]
        expect([a.replicas.isWell, b.replicas.isWell]).toEqual([true, true])
        expect(a.replicas.self).not.toBe(b.replicas.self)
        const living = [a.replicas.self, b.replicas.self]
        await expect.poll(() => a.replicas.living()).toEqual(expect.arrayContaining(living))
      })

      it('that closes frees what it owns, and is gone for the others', async () => {
        const [a, b] = [await join(), await join()]
        const session = newName()
        await a.replicas.claim(session)
        expect(await b.replicas.claim(session)).toBe(a.replicas.self)
        await a.replicas.close()
        await expect.poll(() => b.has('gone', a.replicas)).toBe(true)
        expect(await b.replicas.claim(session)).toBe(b.replicas.self)
        expect(await b.replicas.living()).not.toContain(a.replicas.self)
        expect(a.heard).toEqual([])
        expect(a.replicas.isWell).toBe(false)
      })

      it('that has closed can ask nothing, and nothing that it does throws', async () => {
        const [a, b] = [await join(), await join()]
        await a.replicas.close()
        await a.replicas.close()
        await expect(a.replicas.claim(newName())).rejects.toMatchObject({
          code: 'store_unavailable',
          status: 503,
        })
        await expect(a.replicas.living()).rejects.toMatchObject({ code: 'store_unavailable' })
        a.replicas.release(newName())
        a.replicas.send(b.replicas.self, 'from the grave')
        b.replicas.send(b.replicas.self, 'alive')
        await expect.poll(() => b.messagesOf(b.replicas)).toEqual(['alive'])
        expect(b.messagesOf(a.replicas)).toEqual([])
      })

      it('that is killed is gone for those that know it, after what it had sent', async () => {
        const [a, b, c] = [await join(), await join(), await join()]
        const session = newName()
        await a.replicas.claim(session)
        expect(await b.replicas.claim(session)).toBe(a.replicas.self)
        a.replicas.send(c.replicas.self, 'last')
        await expect.poll(() => c.messagesOf(a.replicas)).toEqual(['last'])
        await kill(a)
        await expect.poll(() => b.has('gone', a.replicas), { timeout: 15_000 }).toBe(true)
        await expect.poll(() => c.has('gone', a.replicas), { timeout: 15_000 }).toBe(true)
        expect(c.heard.map(([kind]) => kind)).toEqual(['message', 'gone'])
        expect(await b.replicas.claim(session)).toBe(b.replicas.self)
      })

      it('that never was is gone for those that send to it', async () => {
        const a = await join()
        const nobody = randomUUID()
        a.replicas.send(nobody, 'hello')
        await expect.poll(() => a.heard, { timeout: 5_000 }).toEqual([['gone', nobody]])
      })
    })
  })
}
