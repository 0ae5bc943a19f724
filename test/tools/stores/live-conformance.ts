/** What every live store must do, whether it is in this process or in Redis, and however many processes share it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim, LiveStore, Verdict } from '#stores'
import { another, bucketOf, newTag, slotOf, windowOf } from './claims.ts'

/** @param open two stores that share their state. They may be one. */
export const describeLiveStore = (
  name: string,
  open: () => Promise<readonly [LiveStore, LiveStore]>,
): void => {
  describe(name, () => {
    let stores: readonly [LiveStore, LiveStore]
    beforeAll(async () => {
      stores = await open()
    })
    afterAll(async () => {
      for (const store of new Set(stores)) await store.close()
    })

    const take = async (...claims: readonly Claim[]): Promise<Verdict> => stores[0].take(claims)
    const takeElsewhere = async (...claims: readonly Claim[]): Promise<Verdict> =>
      stores[1].take(claims)

    it('is healthy', () => {
      expect(stores.map(({ healthy }) => healthy)).toEqual([true, true])
    })

    it('allows a call without claims', async () => {
      expect(await take()).toEqual({ allowed: true, states: [] })
    })

    describe('a window', () => {
      it('allows its maximum, in both processes together', async () => {
        const claim = windowOf(3)
        expect(await take(claim)).toMatchObject({
          allowed: true,
          states: [{ limit: 3, remaining: 2 }],
        })
        expect((await takeElsewhere(claim)).states).toMatchObject([{ remaining: 1 }])
        expect((await take(claim)).states).toMatchObject([{ remaining: 0 }])
        const refused = await takeElsewhere(claim)
        expect(refused).toMatchObject({ allowed: false, refused: 0, states: [{ remaining: 0 }] })
        expect(refused.retryAfterMs).toBeGreaterThan(0)
        expect(refused.retryAfterMs).toBeLessThanOrEqual(60_000)
        expect(refused.states[0]?.resetMs).toBe(refused.retryAfterMs)
      })

      it('counts amounts, and takes nothing of one that does not fit', async () => {
        const claim = windowOf(10)
        await take({ ...claim, amount: 7 })
        expect((await take({ ...claim, amount: 4 })).allowed).toBe(false)
        expect(await take({ ...claim, amount: 3 })).toMatchObject({ allowed: true })
      })

      it('begins anew when its time has passed', async () => {
        const claim = windowOf(1, { windowMs: 300 })
        expect((await take(claim)).allowed).toBe(true)
        await expect.poll(async () => (await take(claim)).allowed).toBe(true)
      })

      it('ends earlier if its time was made shorter', async () => {
        const claim = windowOf(1)
        await take(claim)
        const { retryAfterMs } = await take({ ...claim, windowMs: 1000 })
        expect(retryAfterMs).toBeLessThanOrEqual(1000)
      })

      it('with a maximum of 0 allows nothing', async () => {
        expect(await take(windowOf(0))).toMatchObject({
          allowed: false,
          states: [{ limit: 0, remaining: 0, resetMs: 0 }],
        })
      })
    })

    describe('a bucket', () => {
      it('allows its burst, in both processes together', async () => {
        const claim = bucketOf(2)
        expect(await take(claim)).toMatchObject({ states: [{ limit: 2, remaining: 1 }] })
        expect((await takeElsewhere(claim)).allowed).toBe(true)
        const refused = await take(claim)
        expect(refused).toMatchObject({ allowed: false, refused: 0, states: [{ remaining: 0 }] })
        expect(refused.retryAfterMs).toBeGreaterThan(1000)
      })

      it('refills', async () => {
        const claim = bucketOf(1, { perMinute: 600 })
        await take(claim)
        await expect.poll(async () => (await take(claim)).allowed).toBe(true)
      })

      it('says when it is full, and when there is room', async () => {
        const claim = bucketOf(10, { perMinute: 60 })
        const { states } = await take({ ...claim, amount: 10 })
        expect(states[0]?.resetMs).toBe(10_000)
        const { retryAfterMs = 0 } = await take({ ...claim, amount: 5 })
        expect(retryAfterMs).toBeGreaterThan(0)
        expect(retryAfterMs).toBeLessThanOrEqual(5000)
      })

      it('allows more than its burst when it is full, and is then in debt', async () => {
        const claim = bucketOf(10, { amount: 25 })
        expect(await take(claim)).toMatchObject({ allowed: true, states: [{ remaining: 0 }] })
        expect((await take({ ...claim, amount: 1 })).allowed).toBe(false)
        stores[0].correct(claim, -14)
        expect((await take({ ...claim, amount: 0 })).allowed).toBe(false)
        stores[0].correct(claim, -2)
        expect(await take({ ...claim, amount: 1 })).toMatchObject({ allowed: true })
      })

      it('is corrected in both directions', async () => {
        const claim = bucketOf(10)
        await take({ ...claim, amount: 4 })
        stores[0].correct(claim, 3)
        expect((await take({ ...claim, amount: 0 })).states).toMatchObject([{ remaining: 3 }])
        stores[0].correct(claim, -5)
        expect((await take({ ...claim, amount: 0 })).states).toMatchObject([{ remaining: 8 }])
        stores[0].correct(claim, -100)
        expect((await take({ ...claim, amount: 0 })).states).toMatchObject([{ remaining: 10 }])
        stores[0].correct(claim, 15)
        expect((await take({ ...claim, amount: 0 })).allowed).toBe(false)
      })

      it('without a burst allows nothing', async () => {
        expect((await take(bucketOf(0))).allowed).toBe(false)
      })

      it('that never refills can be asked', async () => {
        const claim = bucketOf(1, { perMinute: 0 })
        await take(claim)
        const refused = await take(claim)
        expect(refused.allowed).toBe(false)
        expect(Number.isFinite(refused.retryAfterMs)).toBe(true)
      })
    })

    describe('a slot', () => {
      it('is taken until it is released', async () => {
        const first = slotOf(2)
        const second = another(first)
        const third = another(first)
        expect(await take(first)).toMatchObject({ states: [{ limit: 2, remaining: 1 }] })
        expect((await takeElsewhere(second)).allowed).toBe(true)
        expect(await take(third)).toMatchObject({ allowed: false, refused: 0 })
        stores[1].release([second])
        await expect.poll(async () => (await take(third)).allowed).toBe(true)
      })

      it('is counted once for each lease', async () => {
        const claim = slotOf(2)
        await take(claim)
        expect(await take(claim)).toMatchObject({ allowed: true, states: [{ remaining: 1 }] })
      })

      it('is held for longer than its lease lasts', async () => {
        const claim = slotOf(1, { ttlMs: 300 })
        await take(claim)
        await sleep(1000)
        expect((await takeElsewhere(another(claim))).allowed).toBe(false)
        stores[0].release([claim])
        await expect.poll(async () => (await takeElsewhere(another(claim))).allowed).toBe(true)
      })

      it('may be released twice, and without having been taken', async () => {
        const claim = slotOf(1)
        const other = another(claim)
        await take(claim)
        stores[0].release([other])
        expect((await take(other)).allowed).toBe(false)
        stores[0].release([claim])
        stores[0].release([claim, windowOf(1)])
        expect((await take(other)).allowed).toBe(true)
      })
    })

    describe('several claims', () => {
      it('are taken together or not at all, and name the first that was refused', async () => {
        const tag = newTag()
        const wide = windowOf(5, { key: `${tag}wide` })
        const bucket = bucketOf(5, { key: `${tag}bucket` })
        const slot = slotOf(5, { key: `${tag}slots` })
        const narrow = windowOf(1, { key: `${tag}narrow` })
        await take(narrow)
        const refused = await take(wide, bucket, slot, narrow)
        expect(refused).toMatchObject({
          allowed: false,
          refused: 3,
          states: [{ remaining: 5 }, { remaining: 5 }, { remaining: 5 }, { remaining: 0 }],
        })
        const allowed = await take(wide, bucket, slot)
        expect(allowed.states).toMatchObject([{ remaining: 4 }, { remaining: 4 }, { remaining: 4 }])
      })

      it('are taken together or not at all, whatever their tags', async () => {
        const wide = windowOf(5)
        const bucket = bucketOf(5)
        const slot = slotOf(1)
        const narrow = windowOf(1)
        await take(narrow)
        expect(await take(wide, narrow, bucket, slot)).toMatchObject({
          allowed: false,
          refused: 1,
        })
        const other = another(slot)
        expect((await take(wide, bucket, other)).states).toMatchObject([
          { remaining: 4 },
          { remaining: 4 },
          { remaining: 0 },
        ])
      })

      it('need no tag', async () => {
        const first = windowOf(1, { key: newTag().slice(1, -1) })
        const second = bucketOf(1, { key: newTag().slice(1, -1) })
        expect(await take(first, second)).toMatchObject({ allowed: true })
        expect(await take(second, first)).toMatchObject({ allowed: false, refused: 0 })
      })

      it('of one key but of another kind do not meet', async () => {
        const key = `${newTag()}all`
        const claims = [windowOf(1, { key }), bucketOf(1, { key }), slotOf(1, { key })]
        expect((await take(...claims)).allowed).toBe(true)
      })
    })

    it.each([
      ['windows', windowOf(70)],
      ['buckets', bucketOf(70)],
      ['slots', slotOf(70)],
    ])('allows exactly the maximum of %s in a burst', async (_, claim) => {
      const asked = Array.from({ length: 300 }, (__, at) => {
        const own = claim.kind === 'slot' ? another(claim) : claim
        return at % 2 === 0 ? take(own) : takeElsewhere(own)
      })
      const verdicts = await Promise.all(asked)
      expect(verdicts.filter(({ allowed }) => allowed).length).toBe(70)
      expect(verdicts.filter(({ degraded }) => degraded)).toEqual([])
    })

    describe('messages', () => {
      it('reach every listener of every process, until it ends its subscription', async () => {
        const channel = newTag()
        const here: string[] = []
        const there: string[] = []
        const endHere = stores[0].subscribe(channel, (message) => here.push(message))
        stores[1].subscribe(channel, (message) => there.push(message))
        await expect
          .poll(() => {
            stores[0].publish(channel, 'first')
            return here.includes('first') && there.includes('first')
          })
          .toBe(true)
        endHere()
        endHere()
        await expect
          .poll(() => {
            stores[1].publish(channel, 'second')
            return there.includes('second')
          })
          .toBe(true)
        expect(here).not.toContain('second')
      })

      it('of other channels are not heard', async () => {
        const [channel, other] = [newTag(), newTag()]
        const heard: string[] = []
        stores[0].subscribe(channel, (message) => heard.push(message))
        await expect
          .poll(() => {
            stores[1].publish(other, 'wrong')
            stores[1].publish(channel, 'right')
            return heard.length > 0
          })
          .toBe(true)
        expect(new Set(heard)).toEqual(new Set(['right']))
      })

      it('reach one function once for each of its subscriptions', async () => {
        const channel = newTag()
        const heard: string[] = []
        const listener = (message: string): void => void heard.push(message)
        const end = stores[0].subscribe(channel, listener)
        stores[0].subscribe(channel, listener)
        end()
        await expect
          .poll(() => {
            stores[0].publish(channel, 'once')
            return heard.length > 0
          })
          .toBe(true)
      })
    })
  })
}
