/** Sockets that have not brought their key yet are bounded in number. */
import { afterEach, expect, it } from 'vitest'
import { startHouse } from '../../app/house.ts'
import { openRawClient, type RawClient } from '../../app/raw-client.ts'
import { toHandshake } from './raw-socket.ts'

const MOST = 256

const clients: RawClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
})

const knock = async (url: string, headers: readonly string[] = []): Promise<string> => {
  const client = await openRawClient(url)
  clients.push(client)
  client.write(toHandshake('/ws', [...headers]))
  await client.until(/^HTTP\/1\.1 \d+ [^]*\r\n\r\n/)
  return client.received().slice(9, 12)
}

it('one socket too many that brings no key is refused, and one with its key is not', async () => {
  const { sluice } = await startHouse({ keys: ['sk-friendly'] })
  const opened = await Promise.all(Array.from({ length: MOST }, () => knock(sluice.url)))
  expect(new Set(opened)).toEqual(new Set(['101']))
  expect(await knock(sluice.url)).toBe('503')
  expect(await knock(sluice.url, ['x-api-key: sk-friendly'])).toBe('101')
  clients[0]?.socket.destroy()
  await expect.poll(() => knock(sluice.url)).toBe('101')
})
