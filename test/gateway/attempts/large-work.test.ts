/** Large bodies are read and written in turns, and work for clients that left is dropped. */
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { clientLeft } from '#model'
import { createLargeWork } from '../../../src/gateway/attempts/large-work.ts'
import { CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'

const MB = 1024 * 1024

const callOf = (callerId: string, bytes = 2 * MB, { signal } = new AbortController()) => ({
  caller: { id: callerId },
  body: Buffer.allocUnsafe(bytes),
  signal,
})

it('a small body is processed at once', () => {
  expect(createLargeWork()(callOf('one', 100_000), () => 'done')).toBe('done')
})

it('a request without a body counts by the size that it would have', async () => {
  const large = createLargeWork()
  const asked = (bytes: number) =>
    ({ ...callOf('one', 2), asked: { bytes } }) as unknown as Parameters<typeof large>[0]
  expect(large(asked(100_000), () => 'done')).toBe('done')
  const later = large(asked(2 * MB), () => 'done')
  expect(later).toBeInstanceOf(Promise)
  expect(await later).toBe('done')
})

it('others have their turn between two steps', async () => {
  const large = createLargeWork()
  const order: string[] = []
  const first = large(callOf('one'), () => {
    const startedAt = performance.now()
    while (performance.now() - startedAt < 50);
    order.push('first')
  })
  const second = large(callOf('one'), () => order.push('second'))
  await first
  await setImmediate()
  order.push('other')
  await second
  expect(order).toEqual(['first', 'other', 'second'])
})

it('callers take turns, however many steps one of them waits for', async () => {
  const large = createLargeWork()
  const order: string[] = []
  const greedy = Array.from({ length: 4 }, () =>
    large(callOf('greedy'), () => order.push('greedy')),
  )
  const modest = large(callOf('modest'), () => order.push('modest'))
  await Promise.all([...greedy, modest])
  expect(order.indexOf('modest')).toBeLessThanOrEqual(1)
})

it('a failure does not affect other work', async () => {
  const large = createLargeWork()
  const failed = large(callOf('one'), () => {
    throw new Error('odd')
  })
  await expect(failed).rejects.toThrow('odd')
  expect(await large(callOf('one'), () => 'done')).toBe('done')
})

it('nothing is done for a caller that left while it waited', async () => {
  const large = createLargeWork()
  const leaving = new AbortController()
  let worked = false
  const first = large(callOf('one'), () => 'done')
  const waiting = large(callOf('one', 2 * MB, leaving), () => (worked = true))
  leaving.abort(clientLeft())
  await expect(waiting).rejects.toMatchObject({ code: 'client_left' })
  expect(await first).toBe('done')
  expect(worked).toBe(false)
})

it('many large bodies of several callers are all translated and answered', async () => {
  const { upstream, sluice } = await startHouse({
    keys: ['sk-one', 'sk-two'],
    upstream: { reply: () => ({ parts: [{ text: 'ok' }] }) },
  })
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      sluice.send(MESSAGES, {
        headers: { 'x-api-key': at % 2 === 0 ? 'sk-one' : 'sk-two' },
        body: messagesBody(`${'x'.repeat(1.5 * MB)} ${at}`, { model: at < 6 ? GPT : CLAUDE }),
      }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(callsOf(upstream)).toHaveLength(8)
})
