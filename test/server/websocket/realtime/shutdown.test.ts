/** A shutdown settles the conversations that it ends, before the books are closed. */
import { expect, it } from 'vitest'
import { startSettledRealtime } from '../../../tools/gateway/settled-house.ts'
import { openClient } from '../../../tools/server/websocket/open-client.ts'

it('a conversation that ends with the process is settled before the process has ended', async () => {
  const { sluice, settlements } = await startSettledRealtime()
  const client = await openClient(sluice.url, '/v1/realtime?model=gpt-realtime')
  await client.until('the session', ({ type }) => type === 'session.created')
  client.socket.close(1000)
  await sluice.close()
  expect(settlements).toHaveLength(1)
})
