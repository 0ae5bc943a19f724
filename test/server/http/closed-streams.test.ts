/** A stream whose client has left may still be written to for a moment. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { createMemoryAccount } from '#access'
import { createByteChannel } from '#streams'
import { sendAnswer } from '../../../src/server/http/send-answer.ts'
import { listenForTest } from '../../tools/app/house.ts'
import { openRawClient } from '../../tools/app/raw-client.ts'

it('holds no memory for what is written after its connection has closed', async () => {
  const memory = createMemoryAccount({ maxBytes: 1_000_000, shared: true })
  const channel = createByteChannel(() => undefined)
  const opened = Promise.withResolvers<ServerResponse>()
  const url = await listenForTest(
    createServer((_, response) => {
      const answer = { status: 200, headers: [], body: channel }
      sendAnswer(response, answer, [], { memory, caller: { id: 'ann' } })
      channel.write('data: 1\n\n')
      opened.resolve(response)
    }),
  )
  const client = await openRawClient(url)
  client.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const response = await opened.promise
  const closed = once(response, 'close')
  response.socket?.end()
  // Node keeps it for a connection that takes no more, and goes on counting it when the connection has closed.
  channel.write('data: 2\n\n')
  client.socket.destroy()
  await closed
  channel.write('data: 3\n\n')
  expect(response.writableLength).toBeGreaterThan(0)
  expect(memory.heldBytes).toBe(0)
})
