/** Many counts at a time: their order, abandoned ones, and how many may wait. */
import { afterAll, describe, expect, it } from 'vitest'
import { createTokenCounter } from '#usage'
import { PATIENCE_MS, within } from '../../tools/app/within.ts'
import { user } from '../../tools/usage/requests.ts'

const counter = createTokenCounter()
afterAll(() => counter.close())

/** Words that no tokenizer has met. */
const distinct = (words: number): string =>
  Array.from({ length: words }, (_, index) => `${(index * 2654435761).toString(36)}q`)
    .join(' ')
    .replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')

const asking = (text: string) => user({ kind: 'text', text })
const LONG = asking(distinct(100_000))
const SHORT = asking('How much is this?')

const by = (callerId: string, signal?: AbortSignal) =>
  signal ? { callerId, signal } : { callerId }

describe('a count', () => {
  it('does not wait for earlier counts of another caller', async () => {
    const done: string[] = []
    const leaving = new AbortController()
    const storm = Array.from({ length: 20 }, () =>
      counter.count(LONG, 'gpt-4o', by('hostile', leaving.signal)).then(
        () => done.push('long'),
        () => undefined,
      ),
    )
    await within(PATIENCE_MS, 'its turn', counter.count(SHORT, 'gpt-4o', by('friendly')))
    expect(done).toEqual([])
    leaving.abort(new Error('left'))
    await Promise.all(storm)
  })

  it('is dropped when its caller leaves', async () => {
    const leaving = new AbortController()
    const abandoned = Array.from({ length: 200 }, () =>
      counter.count(LONG, 'gpt-4o', by('hostile', leaving.signal)),
    )
    const reason = new Error('left')
    leaving.abort(reason)
    for (const { status, ...told } of await Promise.allSettled(abandoned))
      expect({ status, ...told }).toEqual({ status: 'rejected', reason })
    // Two hundred such counts would take minutes.
    await within(PATIENCE_MS, 'its turn', counter.count(SHORT, 'gpt-4o', by('hostile')))
  })

  it('is refused if too many of its caller wait, or too many in total', async () => {
    const crowded = createTokenCounter()
    const leaving = new AbortController()
    const wait = (callerId: string) =>
      crowded.count(SHORT, 'gpt-4o', by(callerId, leaving.signal)).then(
        () => 'counted',
        (error: { status?: number }) => error.status ?? 'left',
      )
    const waiting = Array.from({ length: 256 }, () => wait('0'))
    expect(await wait('0')).toBe(429)
    for (const callerId of ['1', '2', '3'])
      waiting.push(...Array.from({ length: 256 }, () => wait(callerId)))
    expect(await wait('4')).toBe(503)
    leaving.abort(new Error('left'))
    await Promise.all(waiting)
    expect(await crowded.count(SHORT, 'gpt-4o', by('0'))).toBeGreaterThan(3)
    await crowded.close()
  })
})

describe('the cost of a count', () => {
  const timeOf = async (text: string): Promise<number> => {
    const startedMs = performance.now()
    await counter.count(asking(text), 'gpt-4o')
    return performance.now() - startedMs
  }

  it.each([
    ['words that are all different', (size: number) => distinct(size * 5_000)],
    ['words just short of long', (size: number) => `${'a'.repeat(255)} `.repeat(size * 1_000)],
    ['one long word', (size: number) => 'ab'.repeat(size * 100_000)],
    ['line ends and slashes', (size: number) => '\r\n/'.repeat(size * 100_000)],
  ])('grows with %s and no faster', async (_, make) => {
    await timeOf(make(1))
    const [once, , fourTimes] = [
      await timeOf(make(2)),
      await timeOf(make(4)),
      await timeOf(make(8)),
    ] as const
    // Quadratic growth is sixteenfold; a busy machine may be twice as slow for a moment.
    expect(fourTimes).toBeLessThan(9 * once + 300)
  })
})
