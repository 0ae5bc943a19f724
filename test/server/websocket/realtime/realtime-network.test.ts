/** Realtime reaches its upstream as every call does: through proxies, by TLS that is verified. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeLater, sluiceForTest } from '../../../tools/app/house.ts'
import { openaiAt } from '../../../tools/app/start-sluice.ts'
import { eventually } from '../../../tools/app/within.ts'
import { startChild } from '../../../tools/gateway/start-child.ts'
import { createPrivateCa, type PrivateCa } from '../../../tools/transport/private-ca.ts'
import { scriptedServer } from '../../../tools/transport/scripted-server.ts'
import { openClient, refusedClient } from '../../../tools/server/websocket/open-client.ts'
import {
  type RealtimeUpstream,
  startRealtime,
} from '../../../tools/server/websocket/start-realtime.ts'

const PATH = '/v1/realtime?model=gpt-realtime'
const CREDENTIALS = Buffer.from('me:s3cret').toString('base64')

let authority: PrivateCa

beforeAll(() => {
  authority = createPrivateCa()
})

afterAll(() => authority.remove())

/** Joins who says CONNECT to the upstream, and keeps what was said. */
const startProxy = async (upstream: RealtimeUpstream) => {
  const heads: string[] = []
  const { port } = await scriptedServer(async (peer) => {
    heads.push(await peer.head())
    peer.say('HTTP/1.1 200 Connection Established\r\n\r\n')
    peer.tunnelTo(Number(new URL(upstream.url).port))
  })
  return { url: `http://me:s3cret@127.0.0.1:${port}`, heads }
}

const toConnect = (target: string): string =>
  `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\nproxy-authorization: Basic ${CREDENTIALS}\r\n\r\n`

/** Says something at each end, and hears it at the other. */
const expectConversation = async (url: string, upstream: RealtimeUpstream): Promise<void> => {
  const client = await openClient(url, PATH)
  await client.until('the session', ({ type }) => type === 'session.created')
  const audio = Buffer.alloc(300_000, 7)
  client.socket.send(audio)
  await eventually('it has come', () => upstream.received.length === 1, 30_000)
  expect(upstream.received[0]?.[0].equals(audio)).toBe(true)
  upstream.sockets[0]?.send(`{"type":"x","text":"${'ü'.repeat(300_000)}"}`)
  expect(await client.until('the answer', ({ type }) => type === 'x')).toHaveProperty(
    'text',
    'ü'.repeat(300_000),
  )
  expect(upstream.requests.at(-1)?.headers).toMatchObject({
    host: new URL(upstream.url).host,
    authorization: 'Bearer sk-upstream-openai',
  })
}

it('passes the proxy of plain origins by CONNECT', async () => {
  const upstream = await startRealtime()
  const proxy = await startProxy(upstream)
  const sluice = await sluiceForTest({
    providers: [openaiAt(upstream.url)],
    proxy: { httpProxy: proxy.url },
  })
  await expectConversation(sluice.url, upstream)
  expect(proxy.heads).toEqual([toConnect(new URL(upstream.url).host)])
})

it('bypasses the proxy if NO_PROXY says so', async () => {
  const upstream = await startRealtime()
  const proxy = await startProxy(upstream)
  const sluice = await sluiceForTest({
    providers: [openaiAt(upstream.url)],
    proxy: { httpProxy: proxy.url, noProxy: '127.0.0.1' },
  })
  await expectConversation(sluice.url, upstream)
  expect(proxy.heads).toEqual([])
})

it('is refused if the proxy refuses, without the proxy’s password', async () => {
  const upstream = await startRealtime()
  const proxy = await scriptedServer(async (peer) => {
    await peer.head()
    peer.say('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
  })
  const sluice = await sluiceForTest({
    providers: [openaiAt(upstream.url)],
    proxy: { httpProxy: `http://me:s3cret@127.0.0.1:${proxy.port}` },
  })
  const { status, json } = await refusedClient(sluice.url, PATH)
  expect(status).toBe(502)
  expect(JSON.stringify(json) + sluice.rawLog()).not.toContain('s3cret')
})

it('trusts the authorities of NODE_EXTRA_CA_CERTS, directly and through a proxy', async () => {
  const environment = { NODE_EXTRA_CA_CERTS: authority.caFile }
  for (const proxied of [false, true]) {
    const upstream = await startRealtime({ tls: authority.server })
    const proxy = await startProxy(upstream)
    const options = proxied ? { environment, httpsProxy: proxy.url } : { environment }
    const child = closeLater(await startChild(upstream.url, options))
    await expectConversation(child.url, upstream)
    expect(proxy.heads).toEqual(proxied ? [toConnect(new URL(upstream.url).host)] : [])
  }
}, 90_000)

it('trusts no other, with any NODE_TLS_REJECT_UNAUTHORIZED', async () => {
  const upstream = await startRealtime({ tls: authority.server })
  const environment = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  const child = closeLater(await startChild(upstream.url, { environment }))
  expect((await refusedClient(child.url, PATH)).status).toBe(502)
  expect(upstream.requests).toEqual([])
}, 60_000)
