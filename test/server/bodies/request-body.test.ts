/** What becomes of the memory of a body when its request ends early. */
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { createMemoryAccount } from '#access'
import { createBodyReader } from '../../../src/server/bodies/request-body.ts'

const CALLER = { id: 'caller' }
const TEXT = 'x'.repeat(5_000_000)

const read = (headers: Record<string, string>, complete: boolean) => {
  const account = createMemoryAccount({ maxBytes: 64 * 1024 * 1024, shared: false })
  const reader = createBodyReader({ bodyBytes: 32 * 1024 * 1024 }, account)
  const stream = Object.assign(new PassThrough(), { headers, complete, socket: { bytesRead: 0 } })
  const body = reader.read(stream as unknown as IncomingMessage, CALLER)
  return { account, stream, body }
}

it.each([
  ['plain', {}, Buffer.from(TEXT)],
  ['compressed', { 'content-encoding': 'gzip' }, gzipSync(TEXT)],
])(
  'keeps a %s body that is in use when its client leaves',
  async (_name, headers: Record<string, string>, bytes) => {
    const { account, stream, body: reading } = read(headers, true)
    stream.end(bytes)
    const { body, release } = await reading
    stream.on('error', () => undefined)
    stream.emit('error', new Error('aborted'))
    stream.emit('close')
    expect(body.toString() === TEXT).toBe(true)
    release()
    expect(account.heldBytes).toBe(0)
  },
)

it('releases what it holds of a body whose client leaves before its end', async () => {
  const { account, stream, body } = read({}, false)
  stream.write(Buffer.alloc(5_000_000, 'x'))
  await expect.poll(() => account.heldBytes).toBeGreaterThan(4_000_000)
  stream.emit('close')
  await expect(body).rejects.toMatchObject({ code: 'client_left' })
  expect(account.heldBytes).toBe(0)
})
