/** Sockets that have not brought their key yet are bounded in number. */
import { EventEmitter } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { startHouse } from '../../tools/app/house.ts'
import { openRawClient, type RawClient } from '../../tools/app/raw-client.ts'
import { toNetwork } from '#access'
import { createUnadmitted } from '../../../src/server/websocket/upgrade/unadmitted.ts'
import { toHandshake } from '../../tools/server/websocket/raw-socket.ts'

const MOST = 256

const clients: RawClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
})

const knock = async (
  url: string,
  headers: readonly string[] = [],
  options: { readonly localAddress?: string } = {},
): Promise<string> => {
  const client = await openRawClient(url, options)
  clients.push(client)
  client.write(toHandshake('/ws', [...headers]))
  await client.until(/^HTTP\/1\.1 \d+ [^]*\r\n\r\n/)
  return client.received().slice(9, 12)
}

it('one socket too many without a key is refused, and one with its key is not', async () => {
  const { sluice } = await startHouse({ keys: ['sk-friendly'] })
  const opened = await Promise.all(Array.from({ length: MOST }, () => knock(sluice.url)))
  expect(new Set(opened)).toEqual(new Set(['101']))
  expect(await knock(sluice.url)).toBe('503')
  expect(await knock(sluice.url, ['x-api-key: sk-friendly'])).toBe('101')
  clients[0]?.socket.destroy()
  await expect.poll(() => knock(sluice.url)).toBe('101')
})

// Elsewhere a machine has one address of its own.
it.runIf(process.platform === 'linux')(
  'an address that takes all places loses its oldest to others, up to a fair share',
  async () => {
    const { sluice } = await startHouse({ keys: ['sk-friendly'] })
    const other = { localAddress: '127.0.0.2' }
    expect(await knock(sluice.url)).toBe('101')
    await Promise.all(Array.from({ length: MOST - 1 }, () => knock(sluice.url)))
    expect(await knock(sluice.url)).toBe('503')
    expect(await knock(sluice.url, [], other)).toBe('101')
    expect(await clients[0]?.closed).toContain('Too many sockets wait for their key.')
    expect(clients[1]?.socket.closed).toBe(false)
    expect(await knock(sluice.url)).toBe('503')
  },
)

const socketOf = (remoteAddress: string) => {
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress,
    destroyed: false,
    destroy() {
      socket.destroyed = true
      socket.emit('close')
      return socket
    },
  })
  return socket
}

it('places are shared until each network has as many', () => {
  const unadmitted = createUnadmitted<ReturnType<typeof socketOf>>(4)
  const add = (address: string) => {
    const socket = socketOf(address)
    unadmitted.add(socket)
    return socket
  }
  const [first, second, third] = ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.1'].map(add)
  add('10.0.0.2')
  expect([first?.destroyed, second?.destroyed]).toEqual([true, false])
  const told: string[] = []
  unadmitted.onEvicted(second!, ({ code }) => told.push(code))
  const newest = add('10.0.0.2')
  expect(told).toEqual(['at_capacity'])
  for (const address of ['10.0.0.1', '10.0.0.2']) expect(() => add(address)).toThrow('Too many')
  // A third one takes the place of whoever has waited longest.
  add('10.0.0.3')
  expect([third?.destroyed, newest.destroyed]).toEqual([true, false])
  unadmitted.delete(newest)
  expect(() => add('10.0.0.2')).not.toThrow()
})

it('of an IPv6 address the first half counts', () => {
  expect(toNetwork('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
  expect(toNetwork('2001:db8::1')).toBe('2001:db8:0:0')
  expect(toNetwork('::1')).toBe('0:0:0:0')
  expect(toNetwork('fe80::1:2%eth0')).toBe('fe80:0:0:0')
  expect(toNetwork('::ffff:10.0.0.1')).toBe('10.0.0.1')
  expect(toNetwork('10.0.0.1')).toBe('10.0.0.1')
})
