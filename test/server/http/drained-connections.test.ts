/** A request that arrived while the process was busy is answered, although its connection is about to be closed. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startDoors } from '../../tools/server/chat/start-doors.ts'

const GRACE_MS = 100
const REQUEST = 'GET /api/sessions HTTP/1.1\r\nhost: localhost\r\n\r\n'

/** Nothing else runs in this thread meanwhile. */
const block = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

it('is answered on a connection that has been idle for as long as the drain waits', async () => {
  const { server, url } = await startDoors()
  const client = connect(Number(new URL(url).port), '127.0.0.1')
  let text = ''
  client.on('data', (bytes) => void (text += String(bytes)))
  const closed = once(client, 'close')
  await once(client, 'connect')
  client.write(REQUEST)
  await expect.poll(() => text).toContain('200 OK')
  text = ''
  const drained = server.drain(20_000, GRACE_MS)
  // Timers are next when this is over, and then the sockets.
  await setImmediate()
  client.write(REQUEST)
  block(1_000)
  await closed
  expect(text).toContain('200 OK')
  expect(text.toLowerCase()).toContain('connection: close')
  await drained
})
