/** Requests with ambiguous or invalid framing are refused; the bytes after them are not read as a request. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHAT, chatBody, GPT, MESSAGES } from '../../tools/app/asks.ts'
import { callsOf, type House, startHouse } from '../../tools/app/house.ts'
import { openRawClient, type RawClient, toRequest } from '../../tools/app/raw-client.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { PATIENCE_MS, within } from '../../tools/app/within.ts'
import type { Upstream } from '../../tools/upstream/start.ts'

let upstream: Upstream
let sluice: House
let client: RawClient

beforeEach(async () => {
  ;({ upstream, sluice } = await startHouse({ demo: { paceMs: 0 } }))
  client = await openRawClient(sluice.url)
})

afterEach(async () => {
  client.socket.destroy()
  // Whatever came, the next one is served.
  const { status } = await sluice.send(CHAT, { body: chatBody('hi', { model: 'demo/echo' }) })
  expect(status).toBe(200)
})

const BODY = JSON.stringify(chatBody())
/** What an attacker would have taken for a request of its own. */
const HIDDEN = toRequest(CHAT, chatBody('hidden')).toString('latin1')

const post = (headers: readonly string[], body = BODY, target = CHAT): string =>
  [`POST ${target} HTTP/1.1`, ...headers, '', body].join('\r\n')

const LENGTH = `content-length: ${BODY.length}`

describe('an ambiguous request', () => {
  it.each([
    [
      'a length and chunks',
      post(['host: localhost', LENGTH, 'transfer-encoding: chunked'], `0\r\n\r\n${HIDDEN}`),
    ],
    [
      'chunks and a length',
      post(['host: localhost', 'transfer-encoding: chunked', LENGTH], `0\r\n\r\n${HIDDEN}`),
    ],
    ['two lengths that differ', post(['host: localhost', LENGTH, 'content-length: 3'])],
    ['two lengths that agree', post(['host: localhost', LENGTH, LENGTH])],
    [
      'two lengths in one header',
      post(['host: localhost', `content-length: ${BODY.length}, ${BODY.length}`]),
    ],
    ['a signed length', post(['host: localhost', `content-length: +${BODY.length}`])],
    ['a negative length', post(['host: localhost', 'content-length: -1'])],
    ['a length in hex', post(['host: localhost', 'content-length: 0x20'])],
    ['a length with blanks', post(['host: localhost', 'content-length: 1 2'])],
    ['a length beyond counting', post(['host: localhost', 'content-length: 99999999999999999999'])],
    ['an unknown transfer coding', post(['host: localhost', 'transfer-encoding: cow'])],
    [
      'chunks that are not last',
      post(['host: localhost', 'transfer-encoding: chunked, gzip'], `0\r\n\r\n${HIDDEN}`),
    ],
    [
      'chunked twice',
      post(
        ['host: localhost', 'transfer-encoding: chunked', 'transfer-encoding: identity'],
        `0\r\n\r\n${HIDDEN}`,
      ),
    ],
    [
      'a coding that almost says chunked',
      post(['host: localhost', 'transfer-encoding: xchunked'], `0\r\n\r\n${HIDDEN}`),
    ],
    ['a blank before the colon', post(['host: localhost', `content-length : ${BODY.length}`])],
    ['a blank before a name', post(['host: localhost', ` ${LENGTH}`])],
    ['a folded header', post(['host: localhost', 'x-long: one', ' two', LENGTH])],
    [
      'a folded transfer coding',
      post(['host: localhost', 'transfer-encoding:', ' chunked'], `0\r\n\r\n${HIDDEN}`),
    ],
    ['a header without a colon', post(['host: localhost', 'nonsense', LENGTH])],
    ['a NUL in a header', post(['host: localhost', 'x-a: b\0c', LENGTH])],
    ['a NUL in a name', post(['host: localhost', 'x-\0a: b', LENGTH])],
    ['a bare carriage return in a header', post(['host: localhost', 'x-a: b\rc: d', LENGTH])],
    ['no host', post([LENGTH])],
    ['two hosts', post(['host: localhost', 'host: evil.example', LENGTH])],
    ['two hosts that agree', post(['host: localhost', LENGTH, 'HOST: localhost'])],
    [
      'an unknown version',
      BODY.replace(/^/, `POST ${CHAT} HTTP/9.9\r\nhost: localhost\r\n${LENGTH}\r\n\r\n`),
    ],
    [
      'a target with blanks',
      `POST /v1/chat completions HTTP/1.1\r\nhost: localhost\r\n${LENGTH}\r\n\r\n${BODY}`,
    ],
    ['no request at all', 'hello, is this SMTP?\r\n\r\n'],
    ['the beginning of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('%s is refused, and the bytes after it are not read', async (_what, bytes) => {
    client.write(bytes)
    const received = await within(PATIENCE_MS, 'the connection closes', client.closed)
    expect(received).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(received).toMatch(/\r\nconnection: close\r\n/i)
    expect(callsOf(upstream)).toHaveLength(0)
    expect(sluice.log.filter(isCall)).toHaveLength(0)
  })

  it.each([
    ['no size', '\r\nabc\r\n0\r\n\r\n'],
    ['a size that is no number', 'zz\r\nabc\r\n0\r\n\r\n'],
    ['a signed size', '+3\r\nabc\r\n0\r\n\r\n'],
    ['a size with a prefix', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['a size with a blank', '3 \r\nabc\r\n0\r\n\r\n'],
    ['a size beyond counting', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
    ['more than its size', '3\r\nabcdef\r\n0\r\n\r\n'],
    ['a bare line feed after the size', '3\nabc\r\n0\r\n\r\n'],
    ['a bare line feed in an extension', `3;a\nabc\r\n0\r\n\r\n`],
  ])('a chunk with %s is refused', async (_what, body) => {
    client.write(post(['host: localhost', 'transfer-encoding: chunked'], body))
    const received = await within(PATIENCE_MS, 'the connection closes', client.closed)
    expect(received).toMatch(/^HTTP\/1\.1 400 /)
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it('two hosts are also refused in a WebSocket upgrade', async () => {
    client.write(
      'GET /ws HTTP/1.1\r\nhost: localhost\r\nHost: evil.example\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    expect(await within(PATIENCE_MS, 'the connection closes', client.closed)).toMatch(
      /^HTTP\/1\.1 400 /,
    )
  })

  it('bare line feeds do not separate headers', async () => {
    client.write(post(['host: localhost', LENGTH]).replaceAll('\r\n', '\n'))
    expect(await within(PATIENCE_MS, 'the connection closes', client.closed)).toMatch(
      /^HTTP\/1\.1 400 /,
    )
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it('headers beyond bounds are refused', async () => {
    client.write(post(['host: localhost', `x-large: ${'x'.repeat(100_000)}`, LENGTH]))
    expect(await within(PATIENCE_MS, 'the connection closes', client.closed)).toMatch(
      /^HTTP\/1\.1 431 /,
    )
  })

  it('more headers than are looked at hide nothing', async () => {
    const many = Array.from({ length: 1_500 }, () => 'a: b')
    client.write(
      post(
        ['host: localhost', ...many, LENGTH, 'transfer-encoding: chunked'],
        `0\r\n\r\n${HIDDEN}`,
      ),
    )
    const received = await within(PATIENCE_MS, 'the connection closes', client.closed)
    expect(received).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(callsOf(upstream)).toHaveLength(0)
  })
})

describe('targets', () => {
  it.each([
    ['in absolute form', `http://example.com${CHAT}`],
    ['of an authority', 'example.com:443'],
    ['that is a star', '*'],
    ['with dots', `/v1/../v1/chat/completions`],
    ['with an encoded slash', '/v1%2fchat/completions'],
    ['with a fragment', `${CHAT}#/v1/models`],
  ])('%s lead nowhere', async (_what, target) => {
    client.write(post(['host: localhost', LENGTH], BODY, target))
    const received = await within(PATIENCE_MS, 'an answer', client.until('\r\n\r\n'))
    expect(received).toMatch(/^HTTP\/1\.1 4(?:00|04) /)
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it('of a tunnel are not connected to', async () => {
    client.write('CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n')
    expect(await within(PATIENCE_MS, 'the connection closes', client.closed)).not.toContain('200')
  })
})

describe('one connection', () => {
  it('answers requests that were sent without waiting, in their order', async () => {
    const ask = (text: string) => toRequest(CHAT, chatBody(text, { model: 'demo/echo' }))
    client.write(Buffer.concat([ask('[[delay 60]] first'), ask('second'), ask('third')]))
    const received = await within(PATIENCE_MS, 'the answers', client.until('third'))
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(3)
    const places = ['first', 'second', 'third'].map((word) => received.indexOf(word))
    expect(places.toSorted((one, other) => one - other)).toEqual(places)
  })

  it('is cut, not written to, when rubbish follows a request that is being answered', async () => {
    client.write(
      toRequest(CHAT, chatBody('[[pace 10]] [[tokens 500]]', { model: 'demo/echo', stream: true })),
    )
    await client.until('data: ')
    client.write('RUBBISH\r\n\r\n')
    const received = await within(PATIENCE_MS, 'the connection closes', client.closed)
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(received).not.toContain('[DONE]')
    await within(
      PATIENCE_MS,
      'the line of the call',
      sluice.logged((line) => isCall(line) && line.outcome === 'client_left'),
    )
  })

  it('accepts a body in chunks with extensions and trailers', async () => {
    const half = BODY.length >> 1
    client.write(
      post(
        ['host: localhost', 'transfer-encoding: chunked', 'trailer: x-sum'],
        `${half.toString(16)};a=b\r\n${BODY.slice(0, half)}\r\n${(BODY.length - half).toString(16).toUpperCase()}\r\n${BODY.slice(half)}\r\n0\r\nx-sum: 1\r\n\r\n`,
      ),
    )
    expect(await within(PATIENCE_MS, 'an answer', client.until('"choices"'))).toMatch(
      /^HTTP\/1\.1 200 /,
    )
    expect(callsOf(upstream)[0]?.body).toEqual(chatBody())
    expect(callsOf(upstream)[0]?.headers['transfer-encoding']).toBeUndefined()
    expect(callsOf(upstream)[0]?.headers['content-length']).toBe(String(BODY.length))
  })

  it('is told to continue if the client waits before its body', async () => {
    client.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n${LENGTH}\r\n\r\n`,
    )
    await within(PATIENCE_MS, 'a word', client.until('HTTP/1.1 100 Continue\r\n\r\n'))
    client.write(BODY)
    expect(await within(PATIENCE_MS, 'an answer', client.until('"choices"'))).toContain(
      'HTTP/1.1 200 ',
    )
    expect(callsOf(upstream)[0]?.headers.expect).toBeUndefined()
  })

  it('refuses any other expectation', async () => {
    client.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\nexpect: miracles\r\n${LENGTH}\r\n\r\n${BODY}`,
    )
    expect(await within(PATIENCE_MS, 'an answer', client.until('\r\n\r\n'))).toMatch(
      /^HTTP\/1\.1 417 /,
    )
  })

  it.each([MESSAGES, '/'])('gets 426 if it asks for a WebSocket at %s', async (path) => {
    client.write(
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    const received = await within(PATIENCE_MS, 'the connection closes', client.closed)
    expect(received).toMatch(/^HTTP\/1\.1 426 /)
  })

  it('is served over HTTP/1.1 if it only offers HTTP/2', async () => {
    client.write(
      post([
        'host: localhost',
        'connection: Upgrade, HTTP2-Settings',
        'upgrade: h2c',
        'http2-settings: AAMAAABkAAQ',
        LENGTH,
      ]),
    )
    expect(await within(PATIENCE_MS, 'an answer', client.until('"choices"'))).toMatch(
      /^HTTP\/1\.1 200 /,
    )
    expect(callsOf(upstream)[0]?.headers.upgrade).toBeUndefined()
    expect(callsOf(upstream)[0]?.headers['http2-settings']).toBeUndefined()
  })

  it('may be one of HTTP/1.0', async () => {
    client.write(`POST ${CHAT} HTTP/1.0\r\nhost: localhost\r\n${LENGTH}\r\n\r\n${BODY}`)
    const received = await within(PATIENCE_MS, 'the connection closes', client.closed)
    expect(received).toMatch(/^HTTP\/1\.1 200 /)
    expect(received).not.toMatch(/transfer-encoding/i)
  })

  it('streams to a client of HTTP/1.0 without chunks', async () => {
    const body = JSON.stringify(chatBody('hi', { stream: true }))
    client.write(
      `POST ${CHAT} HTTP/1.0\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    const received = await within(PATIENCE_MS, 'the connection closes', client.closed)
    expect(received).not.toMatch(/transfer-encoding/i)
    expect(received).toMatch(/\r\n\r\ndata: /)
    expect(received.endsWith('data: [DONE]\n\n')).toBe(true)
  })
})

describe('the value of a header or a query', () => {
  it('does not reach the upstream as more than it is', async () => {
    client.write(
      post(
        ['host: localhost', 'x-odd: caf\xe9 \xff', 'x-empty:', LENGTH],
        BODY,
        `${CHAT}?a=b%0d%0ax-evil:%201&key=secret`,
      ),
    )
    expect(await within(PATIENCE_MS, 'an answer', client.until('"choices"'))).toMatch(
      /^HTTP\/1\.1 200 /,
    )
    const [call] = callsOf(upstream)
    expect(call?.headers['x-evil']).toBeUndefined()
    expect(call?.headers['x-odd']).toBe('caf\xe9 \xff')
    expect(call?.query).toBe('a=b%0d%0ax-evil:%201')
  })

  it('is refused, or passes unchanged, if the query has raw bytes', async () => {
    client.write(post(['host: localhost', LENGTH], BODY, `${CHAT}?q=\xfc\xff`))
    const received = await within(PATIENCE_MS, 'an answer', client.until('\r\n\r\n'))
    expect(received).toMatch(/^HTTP\/1\.1 (?:200|400) /)
  })

  it('keeps a model with any name in the path', async () => {
    const body = JSON.stringify(chatBody('hi', { model: `${GPT}\r\nx-evil: 1` }))
    client.write(post(['host: localhost', `content-length: ${body.length}`], body))
    const received = await within(PATIENCE_MS, 'an answer', client.until('\r\n\r\n'))
    expect(received).not.toMatch(/^x-evil/m)
  })
})
