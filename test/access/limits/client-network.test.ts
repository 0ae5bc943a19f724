/** A client is known by its own address, unless a proxy that is trusted says where it is. */
import { describe, expect, it } from 'vitest'
import { createNetworkFinder, toBlock, toNetwork } from '#access'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'

describe('the network of an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:0001:02::9', '2001:db8:1:2'],
    ['2001:db8::', '2001:db8:0:0'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('of %s is %s', (address, network) => {
    expect(toNetwork(address)).toBe(network)
  })
})

describe('a client', () => {
  const find = createNetworkFinder(['127.0.0.1', '10.0.0.0/8', '2001:db8:ffff::/48'])

  it.each([
    ['without a header', '127.0.0.1', undefined, '127.0.0.1'],
    ['behind one proxy', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['behind two proxies', '10.1.2.3', '203.0.113.7, 10.9.9.9', '203.0.113.7'],
    ['behind an IPv6 proxy', '2001:db8:ffff::1', '2001:db8:1:2:3::4', '2001:db8:1:2'],
    ['behind a proxy on a dual socket', '::ffff:127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['that sent a header itself', '127.0.0.1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['with a port', '127.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['with a port after IPv6', '127.0.0.1', '[2001:db8:1:2::4]:4711', '2001:db8:1:2'],
    ['in brackets', '127.0.0.1', '[2001:db8:1:2::4]', '2001:db8:1:2'],
    ['of a proxy that nobody trusts', '192.0.2.1', '203.0.113.7', '192.0.2.1'],
    ['that is a trusted proxy itself', '127.0.0.1', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
  ])('%s', (_, peer, forwardedFor, network) => {
    expect(find(peer, forwardedFor)).toBe(network)
  })

  it.each([
    'unknown',
    '',
    ',',
    ' , ',
    '203.0.113.7.9',
    '203.0.113.7/8',
    '999.1.1.1',
    '[::1',
    '_x',
    'a'.repeat(9000),
  ])('with the malformed address %j is known by the last hop that can be believed', (malformed) => {
    expect(find('127.0.0.1', malformed)).toBe('127.0.0.1')
    expect(find('127.0.0.1', `${malformed}, 10.2.2.2`)).toBe('10.2.2.2')
    expect(find('127.0.0.1', `${malformed}, 203.0.113.7`)).toBe('203.0.113.7')
  })

  it('cannot make a long header costly', () => {
    const forwardedFor = `203.0.113.7, ${'10.2.2.2, '.repeat(1000)}10.1.1.1`
    expect(find('127.0.0.1', forwardedFor)).toBe('10.2.2.2')
  })

  it('is known by its own address if no proxy is trusted', () => {
    expect(createNetworkFinder([])('192.0.2.1', '203.0.113.7')).toBe('192.0.2.1')
    expect(createNetworkFinder([])(undefined, '203.0.113.7')).toBe('')
  })
})

it.each([
  ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8 }],
  ['10.0.0.1', { address: '10.0.0.1', prefix: 32 }],
  ['::1', { address: '::1', prefix: 128 }],
  ['fd00::/8', { address: 'fd00::', prefix: 8 }],
  ['10.0.0.0/33', undefined],
  ['fd00::/129', undefined],
  ['proxy.internal', undefined],
  ['10.0.0.0/', undefined],
  ['', undefined],
])('%j is the block %j', (text, block) => {
  expect(toBlock(text)).toEqual(block)
})

const KEYS = ['key-of-ann', 'key-of-bob']
const byIp = { everyCaller: {}, byIp: { windowRequests: 1 } }

describe('limits by address', () => {
  const start = (trustProxy?: readonly string[]) =>
    startHouse({ keys: KEYS, callerLimits: byIp, ...(trustProxy && { trustProxy }) })

  it('are shared by all keys, and a header changes nothing', async () => {
    const { sluice } = await start()
    const statuses: number[] = []
    for (const [at, key] of KEYS.entries()) {
      const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': `203.0.113.${at}` }
      statuses.push((await sluice.send(CHAT, { headers, body: chatBody() })).status)
    }
    expect(statuses).toEqual([200, 429])
  })

  it('are for the client of a proxy that is trusted', async () => {
    const { sluice } = await start(['127.0.0.0/8'])
    const ask = async (forwardedFor: string) => {
      const headers = { authorization: 'Bearer key-of-ann', 'x-forwarded-for': forwardedFor }
      return (await sluice.send(CHAT, { headers, body: chatBody() })).status
    }
    expect(await ask('203.0.113.7')).toBe(200)
    expect(await ask('198.51.100.99, 203.0.113.7')).toBe(429)
    expect(await ask('203.0.113.8')).toBe(200)
    expect(await ask('2001:db8:1:2::1')).toBe(200)
    expect(await ask('2001:db8:1:2::2')).toBe(429)
  })

  it.each(['x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'x-client-ip', 'forwarded'])(
    'are not chosen by %s, with or without X-Forwarded-For',
    async (name) => {
      const { sluice } = await start(['127.0.0.0/8'])
      const ask = async (address: string, forwardedFor?: string) => {
        const value = name === 'forwarded' ? `for=${address};by=127.0.0.1` : address
        const headers = {
          authorization: 'Bearer key-of-ann',
          [name]: value,
          ...(forwardedFor !== undefined && { 'x-forwarded-for': forwardedFor }),
        }
        return (await sluice.send(CHAT, { headers, body: chatBody() })).status
      }
      expect(await ask('203.0.113.1')).toBe(200)
      expect(await ask('203.0.113.2')).toBe(429)
      expect(await ask('203.0.113.3', '198.51.100.1')).toBe(200)
      expect(await ask('203.0.113.4', '198.51.100.1')).toBe(429)
    },
  )

  it('are for the last address, in however many headers the proxies wrote', async () => {
    const { sluice } = await start(['127.0.0.0/8'])
    const ask = async (...forwarded: readonly string[]) => {
      const client = await openRawClient(sluice.url)
      const lines = ['authorization: Bearer key-of-ann', 'connection: close']
      client.write(
        toRequest(CHAT, chatBody(), [
          ...lines,
          ...forwarded.map((each) => `x-forwarded-for: ${each}`),
        ]),
      )
      return Number(/^HTTP\/1\.1 (\d+)/.exec(await client.closed)?.[1])
    }
    expect(await ask('203.0.113.1', '198.51.100.1')).toBe(200)
    expect(await ask('203.0.113.2', '198.51.100.1')).toBe(429)
    expect(await ask('198.51.100.1', '203.0.113.1')).toBe(200)
  })

  it('are for the client of a socket, too', async () => {
    const { sluice } = await start(['127.0.0.1'])
    const open = (forwardedFor: string) =>
      openClient(sluice.url, '/ws', {
        headers: { authorization: 'Bearer key-of-ann', 'x-forwarded-for': forwardedFor },
      })
    const first = await open('203.0.113.7')
    first.send({ id: 'a', ...chatBody() })
    await first.until('the end', ({ type }) => type === 'done')
    first.send({ id: 'b', ...chatBody() })
    expect(await first.until('a refusal', ({ type }) => type === 'error')).toMatchObject({
      status: 429,
      error: { message: expect.stringContaining('for this address') },
    })
    const second = await open('203.0.113.8')
    second.send({ id: 'a', ...chatBody() })
    await second.until('the end', ({ type }) => type === 'done')
  })
})
