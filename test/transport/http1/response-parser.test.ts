/** The parser alone: legal answers however they are cut, and every ambiguity refused. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TransportError } from '#transport'
import type { ResponseHead } from '../../../src/transport/http1/response-head.ts'
import { createResponseParser } from '../../../src/transport/http1/response-parser.ts'
import { cutAnywhere, legalResponse } from '../../tools/transport/legal-response.ts'

interface Parsed {
  head: ResponseHead | undefined
  heads: number
  body: string
  reads: number
  ended: boolean
  surplus: boolean
  error: unknown
}

/** What comes out when these pieces arrive one by one and the server then closes, if it does. */
const parse = (pieces: readonly string[], { closes = true } = {}): Parsed => {
  const parsed: Parsed = {
    head: undefined,
    heads: 0,
    body: '',
    reads: 0,
    ended: false,
    surplus: false,
    error: undefined,
  }
  const parser = createResponseParser({
    onHead: (head) => {
      parsed.head = head
      parsed.heads++
    },
    onData: (bytes) => {
      parsed.body += bytes
      parsed.reads++
    },
    onEnd: (surplus) => {
      parsed.ended = true
      parsed.surplus = surplus
    },
  })
  try {
    for (const piece of pieces) parser.push(piece)
    if (closes) parser.end()
  } catch (error) {
    parsed.error = error
  }
  return parsed
}

const failureOf = ({ error }: Parsed): string =>
  error instanceof TransportError ? error.failure : String(error)

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`

describe('a legal answer', () => {
  it('means the same however its bytes are cut', () => {
    fc.assert(
      fc.property(
        legalResponse().chain((answer) => fc.tuple(fc.constant(answer), cutAnywhere(answer.wire))),
        ([answer, pieces]) => {
          const parsed = parse(pieces)
          expect(parsed.error).toBeUndefined()
          expect(parsed).toMatchObject({ heads: 1, body: answer.body, ended: true, surplus: false })
          expect(parsed.head).toMatchObject({
            status: answer.status,
            rawHeaders: answer.rawHeaders,
          })
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('means the same byte by byte', () => {
    fc.assert(
      fc.property(legalResponse(), (answer) => {
        const parsed = parse(answer.wire.split(''))
        expect(parsed).toMatchObject({ body: answer.body, ended: true, error: undefined })
      }),
      { numRuns: 200 },
    )
  })

  it('cut off at any byte never counts as complete, unless closing ends it', () => {
    fc.assert(
      fc.property(
        legalResponse()
          .filter(({ delimitedBy }) => delimitedBy !== 'close')
          .chain((answer) =>
            fc.tuple(fc.constant(answer), fc.integer({ min: 0, max: answer.wire.length - 1 })),
          ),
        ([answer, cut]) => {
          const parsed = parse(cut === 0 ? [] : [answer.wire.slice(0, cut)])
          expect(parsed.ended).toBe(false)
          expect(failureOf(parsed)).toBe('closed')
        },
      ),
      { numRuns: 500 },
    )
  })

  it('gives many chunks of one read as one string', () => {
    const chunk = '5\r\nhello\r\n'
    const parsed = parse([CHUNKED, chunk.repeat(500), `${chunk}0\r\n\r\n`])
    expect(parsed).toMatchObject({ body: 'hello'.repeat(501), reads: 2, ended: true })
  })

  it('delivers nothing for a read with framing only', () => {
    const parsed = parse([CHUNKED, '5', '\r', '\n', 'hello', '\r\n', '0\r\n', '\r\n'])
    expect(parsed).toMatchObject({ body: 'hello', reads: 1, ended: true })
  })

  it('reports data after it', () => {
    expect(parse([`${OK}content-length: 2\r\n\r\nokX`])).toMatchObject({
      body: 'ok',
      surplus: true,
    })
    expect(parse([`${OK}content-length: 0\r\n\r\nX`])).toMatchObject({ body: '', surplus: true })
    expect(parse([`${CHUNKED}0\r\n\r\nX`])).toMatchObject({ ended: true, surplus: true })
    expect(parse(['HTTP/1.1 204 \r\ncontent-length: 5\r\n\r\nhello'])).toMatchObject({
      body: '',
      surplus: true,
    })
  })

  it('may repeat the same length', () => {
    const parsed = parse([`${OK}content-length: 2\r\nContent-Length: 2\r\n\r\nok`])
    expect(parsed).toMatchObject({ body: 'ok', ended: true, error: undefined })
  })

  it.each([
    ['HTTP/1.1 200 OK\r\n', true],
    ['HTTP/1.1 200 OK\r\nconnection: close\r\n', false],
    ['HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\n', false],
    ['HTTP/1.1 200 OK\r\nconnection: x\r\nconnection: close\r\n', false],
    ['HTTP/1.1 200 OK\r\nconnection: close-not\r\n', true],
    ['HTTP/1.0 200 OK\r\n', false],
    ['HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n', true],
    ['HTTP/1.0 200 OK\r\nconnection: keep-alive\r\nconnection: close\r\n', false],
  ])('%j: whether the connection lives on is %s', (head, keepAlive) => {
    expect(parse([`${head}content-length: 0\r\n\r\n`]).head?.keepAlive).toBe(keepAlive)
  })

  it.each([
    ['timeout=5', 5],
    ['timeout=5, max=100', 5],
    ['max=100, Timeout = 72', 72],
    ['timeout="9"', 9],
    ['max=3', undefined],
    ['timeout=soon', undefined],
  ])('reads keep-alive: %s', (value, seconds) => {
    const { head } = parse([`${OK}keep-alive: ${value}\r\ncontent-length: 0\r\n\r\n`])
    expect(head?.idleTimeoutSeconds).toBe(seconds)
  })
})

const tooManyFields = Array.from({ length: 300 }, (_, index) => `x-${index}: 1\r\n`).join('')

const ILLEGAL: readonly (readonly [string, string])[] = [
  ['something else than HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
  ['lower-case http', 'http/1.1 200 OK\r\n\r\n'],
  ['an empty line in front', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['a version without status', 'HTTP/1.1\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 99\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['a status with a sign', 'HTTP/1.1 +20 OK\r\n\r\n'],
  ['two blanks before the status', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n'],
  ['CR in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n'],
  ['a status line that ends in LF', 'HTTP/1.1 200 OK\na: b\r\n\r\n'],
  ['a field that ends in LF', `${OK}a: b\nc: d\r\n\r\n`],
  ['LF LF as the end of the head', `${OK}a: b\n\n`],
  ['CR in a value', `${OK}a: b\rc\r\n\r\n`],
  ['NUL in a value', `${OK}a: b\0c\r\n\r\n`],
  ['an escape in a value', `${OK}a: \u001b[2J\r\n\r\n`],
  ['DEL in a value', `${OK}a: \u007f\r\n\r\n`],
  ['a folded line', `${OK}a: b\r\n c\r\n\r\n`],
  ['a folded line with a tab', `${OK}a: b\r\n\tc\r\n\r\n`],
  ['a folded first line', `${OK} a: b\r\n\r\n`],
  ['a blank before the colon', `${OK}a : b\r\n\r\n`],
  ['a blank in a name', `${OK}a b: c\r\n\r\n`],
  ['an empty name', `${OK}: b\r\n\r\n`],
  ['a line without a colon', `${OK}abc\r\n\r\n`],
  ['a name that is not ASCII', `${OK}n\u00e9: b\r\n\r\n`],
  ['a quote in a name', `${OK}"a": b\r\n\r\n`],
  ['too many fields', `${OK}${tooManyFields}\r\n`],
  ['a head too large', `${OK}a: ${'b'.repeat(70_000)}\r\n\r\n`],
  ['interim answers without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(4_000)],
  ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
  ['lengths that differ', `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok`],
  ['lengths that differ in spelling', `${OK}content-length: 2\r\ncontent-length: x\r\n\r\nok`],
  ['a list of lengths', `${OK}content-length: 2, 2\r\n\r\nok`],
  ['an empty length', `${OK}content-length: \r\n\r\nok`],
  ['a negative length', `${OK}content-length: -2\r\n\r\nok`],
  ['a length with a plus', `${OK}content-length: +2\r\n\r\nok`],
  ['a hexadecimal length', `${OK}content-length: 0x2\r\n\r\nok`],
  ['a broken length', `${OK}content-length: 2.0\r\n\r\nok`],
  ['a length beyond counting', `${OK}content-length: 99999999999999999999\r\n\r\nok`],
  [
    'a length beside chunks',
    `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'chunks beside a length',
    `${OK}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n0\r\n\r\n`,
  ],
  ['an unknown coding', `${OK}transfer-encoding: gzip\r\n\r\n`],
  ['a coding under the chunks', `${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['a coding over the chunks', `${OK}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
  ['chunks twice', `${OK}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
  [
    'chunks twice on two lines',
    `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['an empty coding', `${OK}transfer-encoding:\r\n\r\n`],
  ['the coding identity', `${OK}transfer-encoding: identity\r\n\r\n`],
  ['a coding that only begins well', `${OK}transfer-encoding: chunkedx\r\n\r\n0\r\n\r\n`],
  ['a vertical tab before the coding', `${OK}transfer-encoding: \u000bchunked\r\n\r\n0\r\n\r\n`],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a chunk without a size', `${CHUNKED}\r\nhello\r\n`],
  ['a size that is not hexadecimal', `${CHUNKED}g\r\nhello\r\n`],
  ['a size with 0x', `${CHUNKED}0x5\r\nhello\r\n`],
  ['a negative size', `${CHUNKED}-5\r\nhello\r\n`],
  ['a blank before the size', `${CHUNKED} 5\r\nhello\r\n`],
  ['a blank after the size', `${CHUNKED}5 \r\nhello\r\n`],
  ['a size that ends in LF', `${CHUNKED}5\nhello\r\n`],
  ['a size that ends in CR', `${CHUNKED}5\rhello\r\n`],
  ['a size beyond counting', `${CHUNKED}fffffffffffffffff\r\n`],
  ['a size that would wrap to five', `${CHUNKED}10000000000000005\r\nhello\r\n`],
  ['a size of endless zeros', `${CHUNKED}${'0'.repeat(5_000)}5\r\nhello\r\n`],
  ['an extension without end', `${CHUNKED}5;${'a'.repeat(5_000)}\r\nhello\r\n`],
  ['LF in an extension', `${CHUNKED}5;a\nb\r\nhello\r\n`],
  ['NUL in an extension', `${CHUNKED}5;a\0b\r\nhello\r\n`],
  ['a chunk longer than its size', `${CHUNKED}5\r\nhello!\r\n0\r\n\r\n`],
  ['a chunk shorter than its size', `${CHUNKED}6\r\nhello\r\n0\r\n\r\n`],
  ['a chunk that ends in LF', `${CHUNKED}5\r\nhello\n0\r\n\r\n`],
  ['a chunk that ends in CR CR', `${CHUNKED}5\r\nhello\r\r0\r\n\r\n`],
  ['a trailer without a colon', `${CHUNKED}0\r\nabc\r\n\r\n`],
  ['a folded trailer', `${CHUNKED}0\r\n a: b\r\n\r\n`],
  ['a trailer that ends in LF', `${CHUNKED}0\r\na: b\n\r\n`],
  ['NUL in a trailer', `${CHUNKED}0\r\na: \0\r\n\r\n`],
  ['a trailer too large', `${CHUNKED}0\r\na: ${'b'.repeat(70_000)}\r\n\r\n`],
  ['too many trailers', `${CHUNKED}0\r\n${tooManyFields}\r\n`],
]

describe('what is not an answer', () => {
  it.each(ILLEGAL)('refuses %s', (_, wire) => {
    const parsed = parse([wire], { closes: false })
    expect(failureOf(parsed)).toBe('invalid_response')
    expect(parsed.ended).toBe(false)
  })

  it.each(ILLEGAL)('refuses %s when it arrives in small pieces', (_, wire) => {
    const pieces = wire.match(/[^]{1,7}/g) ?? []
    expect(failureOf(parse(pieces, { closes: false }))).toBe('invalid_response')
  })

  it('is refused before more than a limited part of it is held', () => {
    let pushed = 0
    const parser = createResponseParser({ onHead() {}, onData() {}, onEnd() {} })
    const flood = (): void => {
      parser.push(`${OK}a: `)
      for (; pushed < 10_000_000; pushed += 1000) parser.push('b'.repeat(1000))
    }
    expect(flood).toThrow(TransportError)
    expect(pushed).toBeLessThan(70_000)
  })

  it('never makes the parser fail in any other way, or end twice', () => {
    const fragment = fc.constantFrom(
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 100 \r\n\r\n',
      'content-length: 3\r\n',
      'transfer-encoding: chunked\r\n',
      'Connection: close\r\n',
      'a: b\r\n',
      '\r\n',
      '\r',
      '\n',
      '3\r\nabc\r\n',
      '0\r\n\r\n',
      'abc',
      ':',
      ';',
      '\0',
      '\u00ff',
      'f',
    )
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 20 }), (rest) => {
        const { error, heads } = parse([OK, ...rest])
        expect(heads).toBeLessThanOrEqual(1)
        if (error !== undefined) expect(error).toBeInstanceOf(TransportError)
      }),
      { numRuns: 3_000 },
    )
  })
})
