/** A small text from an address: within a deadline, up to a size, and from nowhere else. */
import { createServer, type RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import { createTransport, fetchText } from '#transport'
import { closeLater, listenForTest } from '../../tools/app/house.ts'

const start = async (answer: RequestListener) => {
  const url = await listenForTest(createServer(answer))
  const transport = closeLater(createTransport())
  return (path = '/keys?v=1', bounds: object = {}) =>
    fetchText(transport, url + path, { withinMs: 20_000, maxBytes: 1000, ...bounds })
}

it('is read as UTF-8, from the path and the query', async () => {
  const asked: (string | undefined)[] = []
  const fetchFrom = await start((request, response) => {
    asked.push(request.url)
    response.end('{"ключ":"ü"}')
  })
  expect(await fetchFrom()).toBe('{"ключ":"ü"}')
  expect(asked).toEqual(['/keys?v=1'])
})

it.each([204, 301, 302, 404, 500])(
  'with the status %s is refused, and nothing is followed',
  async (status) => {
    let asked = 0
    const fetchFrom = await start((_, response) => {
      asked++
      response.writeHead(status, { location: '/elsewhere' }).end()
    })
    await expect(fetchFrom()).rejects.toThrow(String(status))
    expect(asked).toBe(1)
  },
)

it('of more than it may have is refused', async () => {
  const fetchFrom = await start((_, response) => {
    response.end('x'.repeat(1001))
  })
  await expect(fetchFrom()).rejects.toThrow('more than 1000 bytes')
})

it.each<[string, RequestListener]>([
  ['is not there', () => undefined],
  [
    'never ends',
    (_, response) => {
      response.write('{')
    },
  ],
])('that %s in time is refused', async (_, answer) => {
  const fetchFrom = await start(answer)
  await expect(fetchFrom('/', { withinMs: 200 })).rejects.toThrow('in time')
})

it('from an address where nobody listens is refused', async () => {
  const transport = closeLater(createTransport())
  const bounds = { withinMs: 20_000, maxBytes: 1000 }
  await expect(fetchText(transport, 'http://127.0.0.1:1/', bounds)).rejects.toThrow()
})
