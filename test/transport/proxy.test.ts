/** Reaching upstreams through a proxy, and knowing when not to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toProxySettings } from '#transport'
import { createProxyChoice } from '../../src/transport/proxy.ts'
import { begin, call, transportForTest } from '../tools/transport/call.ts'
import { createPrivateCa } from '../tools/transport/private-ca.ts'
import type { PrivateCa } from '../tools/transport/private-ca.ts'
import { always, scriptedServer } from '../tools/transport/scripted-server.ts'

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n'

const tunnelTo = (port: number) =>
  scriptedServer(async (peer) => {
    await peer.head()
    peer.say(ESTABLISHED)
    peer.tunnelTo(port)
  })

let authority: PrivateCa

beforeAll(() => {
  authority = createPrivateCa()
})

afterAll(() => authority.remove())

const httpsUpstream = () => scriptedServer(always(OK), { tls: authority.server })

const credentials = Buffer.from('me:s3cret@').toString('base64')

describe('an https origin through a proxy', () => {
  it.each(['http', 'https'])('is reached by CONNECT through an %s proxy', async (scheme) => {
    const upstream = await httpsUpstream()
    const heads: string[] = []
    const proxy = await scriptedServer(
      async (peer) => {
        heads.push(await peer.head())
        peer.say(ESTABLISHED)
        peer.tunnelTo(upstream.port)
      },
      scheme === 'https' ? { tls: authority.server } : {},
    )
    const transport = transportForTest({
      ca: authority.ca,
      env: { httpsProxy: `${scheme}://me:s3cret%40@localhost:${proxy.port}` },
    })
    const origin = `https://localhost:${upstream.port}`
    const headers = ['authorization', 'Bearer key']
    expect(await call(transport, { origin, headers })).toMatchObject({ body: 'ok' })
    expect(await call(transport, { origin, headers })).toMatchObject({ body: 'ok' })
    const target = `localhost:${upstream.port}`
    expect(heads).toEqual([
      `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\nproxy-authorization: Basic ${credentials}\r\n\r\n`,
    ])
  })

  it('is reached when the answer to CONNECT arrives in pieces, with fields and an interim answer', async () => {
    const upstream = await httpsUpstream()
    const proxy = await scriptedServer(async (peer) => {
      await peer.head()
      for (const piece of ['HTTP/1.0 2', '00 OK\r\nvia: x\r\ncontent-length: 5\r', '\n\r\n']) {
        peer.say(piece)
        await new Promise((resolve) => {
          setTimeout(resolve, 10)
        })
      }
      peer.tunnelTo(upstream.port)
    })
    const transport = transportForTest({
      ca: authority.ca,
      env: { httpsProxy: `127.0.0.1:${proxy.port}` },
    })
    expect(await call(transport, { origin: upstream.origin })).toMatchObject({ body: 'ok' })
  })

  it.each([
    ['407', 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n', '407'],
    ['503 and text', 'HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno', '503'],
    ['words before the upstream', `${ESTABLISHED}hello`, 'spoke before'],
    ['something else than HTTP', 'SOCKS\n', 'did not answer in HTTP'],
    ['a head without end', `HTTP/1.1 200 OK\r\na: ${'b'.repeat(100_000)}`, 'too large'],
  ])('is not reached when the proxy answers %s', async (_, answer, reason) => {
    const proxy = await scriptedServer(async (peer) => {
      await peer.head()
      peer.say(answer)
    })
    const transport = transportForTest({
      env: { httpsProxy: `http://me:s3cret@127.0.0.1:${proxy.port}` },
    })
    const { error } = await call(transport, { origin: 'https://upstream.example' })
    expect(error?.failure).toBe('connect_failed')
    expect(error?.message).toContain('cannot connect to https://upstream.example: ')
    expect(error?.message).toContain(reason)
    expect(`${error?.message} ${error?.stack} ${String(error?.cause)}`).not.toContain('s3cret')
    expect(transport.openConnections()).toBe(0)
    await proxy.closed(1)
  })

  it('is not reached when the proxy closes or refuses', async () => {
    const proxy = await scriptedServer(async (peer) => {
      await peer.head()
      peer.socket.end()
    })
    for (const port of [proxy.port, 1]) {
      const transport = transportForTest({ env: { httpsProxy: `http://127.0.0.1:${port}` } })
      const { error } = await call(transport, { origin: 'https://upstream.example' })
      expect(error?.failure).toBe('connect_failed')
    }
  })

  it('is aborted when the proxy is silent', async () => {
    const proxy = await scriptedServer(async (peer) => {
      await peer.head()
    })
    const transport = transportForTest({ env: { httpsProxy: `http://127.0.0.1:${proxy.port}` } })
    const running = begin(transport, { origin: 'https://upstream.example', connectTimeoutMs: 100 })
    expect((await running.done).error?.failure).toBe('connect_timeout')
    await proxy.closed(1)
  })

  it('is aborted when nothing arrives through the tunnel, or with the call', async () => {
    const proxy = await scriptedServer(async (peer) => {
      await peer.head()
      peer.say(ESTABLISHED)
    })
    const transport = transportForTest({ env: { httpsProxy: `http://127.0.0.1:${proxy.port}` } })
    const origin = 'https://upstream.example'
    const { error } = await call(transport, { origin, connectTimeoutMs: 100 })
    expect(error?.failure).toBe('connect_timeout')
    await proxy.closed(1)
    const running = begin(transport, { origin })
    const peer = await proxy.peer(2)
    running.abort()
    await peer.closed
    expect(running.outcome.late).toBe(0)
  })

  it('closes through the tunnel when the call is aborted in the body', async () => {
    const upstream = await scriptedServer(
      async (peer) => {
        await peer.request()
        peer.say('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab')
      },
      { tls: authority.server },
    )
    const proxy = await tunnelTo(upstream.port)
    const transport = transportForTest({
      ca: authority.ca,
      env: { httpsProxy: `http://127.0.0.1:${proxy.port}` },
    })
    const running = begin(transport, { origin: upstream.origin })
    await running.firstData
    running.abort()
    await proxy.closed(1)
    await upstream.closed(1)
    expect(running.outcome.late).toBe(0)
  })

  it('is verified as if there were no proxy', async () => {
    const upstream = await scriptedServer(always(OK), { tls: authority.stranger })
    const proxy = await tunnelTo(upstream.port)
    const transport = transportForTest({
      ca: authority.ca,
      env: { httpsProxy: `http://127.0.0.1:${proxy.port}` },
    })
    const { error } = await call(transport, { origin: upstream.origin })
    expect(error?.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
  })
})

describe('an http origin through a proxy', () => {
  it.each(['http', 'https'])(
    'is requested in absolute form, through an %s proxy',
    async (scheme) => {
      const heads: string[] = []
      const proxy = await scriptedServer(
        async (peer) => {
          for (;;) {
            heads.push((await peer.request()).head)
            peer.say(OK)
          }
        },
        scheme === 'https' ? { tls: authority.server } : {},
      )
      const transport = transportForTest({
        ca: authority.ca,
        env: { httpProxy: `${scheme}://me:s3cret%40@localhost:${proxy.port}` },
      })
      const origin = 'http://upstream.example:8080'
      await call(transport, { origin, path: '/v1?a=b' })
      expect(await call(transport, { origin, path: '/v1?a=b' })).toMatchObject({ body: 'ok' })
      const head =
        'POST http://upstream.example:8080/v1?a=b HTTP/1.1\r\nhost: upstream.example:8080\r\n' +
        `connection: keep-alive\r\nproxy-authorization: Basic ${credentials}\r\ncontent-length: 0\r\n\r\n`
      expect(heads).toEqual([head, head])
      expect(proxy.peers).toHaveLength(1)
    },
  )

  it('is reached directly when NO_PROXY names it', async () => {
    const upstream = await scriptedServer(always(OK))
    const env = { httpProxy: 'http://127.0.0.1:1', noProxy: '127.0.0.1' }
    expect(await call(transportForTest({ env }), { origin: upstream.origin })).toMatchObject({
      body: 'ok',
    })
    const { error } = await call(transportForTest({ env: { ...env, noProxy: '' } }), {
      origin: upstream.origin,
    })
    expect(error?.failure).toBe('connect_failed')
  })
})

describe('NO_PROXY', () => {
  it.each([
    ['*', 'http://any.example', true],
    ['', 'http://any.example', false],
    ['api.example.com', 'https://api.example.com', true],
    ['example.com', 'https://api.example.com', true],
    ['example.com', 'https://badexample.com', false],
    ['api.example.com', 'https://example.com', false],
    ['.example.com', 'https://api.example.com', true],
    ['.example.com', 'https://example.com', true],
    ['.example.com', 'https://badexample.com', false],
    ['*.example.com', 'https://api.example.com', true],
    ['EXAMPLE.com', 'https://Api.Example.COM', true],
    ['example.com', 'https://api.example.com.', true],
    ['example.com:8443', 'https://example.com:8443', true],
    ['example.com:8443', 'https://example.com', false],
    ['example.com:443', 'https://example.com', true],
    ['example.com:80', 'http://example.com', true],
    ['a.com, example.com', 'https://example.com', true],
    ['a.com example.com', 'https://example.com', true],
    ['localhost,127.0.0.1', 'http://127.0.0.1:11434', true],
    ['127.0.0.1', 'http://27.0.0.1', false],
    ['0.0.1', 'http://127.0.0.1', false],
    ['10.0.0.0/8', 'http://10.1.2.3', true],
    ['10.0.0.0/8', 'http://11.1.2.3', false],
    ['10.0.0.0/99', 'http://10.1.2.3', false],
    ['10.0.0.0/8', 'http://ten.example', false],
    ['fd00::/8', 'http://[fd00::1]', true],
    ['::1', 'http://[::1]:8080', true],
    ['[::1]', 'http://[::1]:8080', true],
    ['[::1]:8080', 'http://[::1]:8080', true],
    ['[::1]:8081', 'http://[::1]:8080', false],
  ])('%j and %s: direct is %s', (noProxy, origin, direct) => {
    const choose = createProxyChoice({
      httpProxy: 'http://proxy:1',
      httpsProxy: 'http://proxy:1',
      noProxy,
    })
    expect(choose(new URL(origin)) === undefined).toBe(direct)
  })
})

describe('the settings of a proxy', () => {
  it('are read from the environment, lower case first', () => {
    expect(
      toProxySettings({
        HTTP_PROXY: 'a',
        http_proxy: 'b',
        HTTPS_PROXY: 'c',
        https_proxy: '',
        NO_PROXY: 'd',
      }),
    ).toEqual({ httpProxy: 'b', httpsProxy: 'c', noProxy: 'd' })
  })

  it('concern only their own scheme', () => {
    const choose = createProxyChoice({ httpProxy: 'http://plain:1', httpsProxy: 'secure' })
    expect(choose(new URL('http://a.example'))).toMatchObject({ host: 'plain', port: 1 })
    expect(choose(new URL('https://a.example'))).toMatchObject({ host: 'secure', port: 80 })
    expect(createProxyChoice({ httpProxy: 'x' })(new URL('https://a.example'))).toBeUndefined()
  })

  it.each(['socks5://me:s3cret@proxy:1080', 'http://me:s3cret@:80', 'http://me:s3cret@a b'])(
    'that cannot work are refused without being quoted (%s)',
    (httpsProxy) => {
      let message = ''
      try {
        transportForTest({ env: { httpsProxy } })
      } catch (error) {
        message = String(error)
      }
      expect(message).toBe('TypeError: HTTPS_PROXY is not an http:// or https:// URL')
    },
  )
})
