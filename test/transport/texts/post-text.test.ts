/** A text that is sent to an address: within a deadline, and without waiting for more of the answer than its status. */
import { createServer, type RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createTransport, postText } from '#transport'
import { closeLater, listenForTest } from '../../tools/app/house.ts'

const start = async (answer: RequestListener) => {
  const url = await listenForTest(createServer(answer))
  const transport = closeLater(createTransport())
  return (given: object = {}) =>
    postText(transport, {
      url: `${url}/v1/traces`,
      headers: { 'x-key': 'k' },
      body: 'ü',
      withinMs: 20_000,
      signal: new AbortController().signal,
      ...given,
    })
}

it('is sent as UTF-8, and its answer is a status and a delay', async () => {
  const asked: unknown[] = []
  const post = await start(async (request, response) => {
    const { method, url, headers } = request
    asked.push(method, url, headers['x-key'], Buffer.concat(await request.toArray()).toString())
    response.writeHead(503, { 'retry-after': '2' }).end()
  })
  expect(await post()).toEqual({ status: 503, retryAfterMs: 2000 })
  expect(asked).toEqual(['POST', '/v1/traces', 'k', 'ü'])
})

it('has its status, although the answer does not end', async () => {
  const post = await start((_, response) => {
    response.write('x'.repeat(65 * 1024))
  })
  expect(await post()).toEqual({ status: 200, retryAfterMs: undefined })
})

it('that is not answered in time is given up', async () => {
  const post = await start(() => undefined)
  await expect(post({ withinMs: 200 })).rejects.toThrow('in time')
})

it('that nobody waits for any more is given up', async () => {
  const stopped = new AbortController()
  const post = await start(() => stopped.abort())
  await expect(post({ signal: stopped.signal })).rejects.toThrow('not waited for')
  await expect(post({ signal: AbortSignal.abort() })).rejects.toThrow('not waited for')
})

it.each([{ headers: { 'x-key': 'a\nb' }, withinMs: 10 }, { withinMs: -1 }])(
  'that cannot be sent is refused, once: %o',
  async (given) => {
    const post = await start((_, response) => void response.end())
    await expect(post(given)).rejects.toThrow(TypeError)
    await sleep(50)
  },
)
