/** Changes what precedes a body: request line, headers, and where the body begins and ends. */
import { mutateBytes } from './mutate-bytes.ts'
import type { Random } from './random.ts'

export interface Head {
  readonly method: string
  readonly path: string
  /** Lines, without their ends. */
  readonly headers: readonly string[]
}

export interface HeadMutant {
  readonly bytes: Buffer
  readonly steps: readonly string[]
}

export const toHeadBytes = ({ method, path, headers }: Head, lineEnd = '\r\n'): Buffer =>
  Buffer.from([`${method} ${path} HTTP/1.1`, ...headers, '', ''].join(lineEnd), 'latin1')

const METHODS = [
  'GET',
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'post',
  'PRI',
  'POSTX',
]

const PATHS: readonly ((path: string, random: Random) => string)[] = [
  (path) => `/v1${path}`,
  (path) => `/openai${path}`,
  (path) => `/anthropic${path}`,
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.toUpperCase(),
  (path) => `${path}?key=abc&beta=true`,
  (path) => `${path}?%6bey=%&&=&a[]=1`,
  (path) => `${path}#fragment`,
  (path) => `${path}%00`,
  (path) => `${path}%`,
  (path) => `${path}/%E0%A4%A`,
  (path) => `http://example.com${path}`,
  (path) => `${path}/../models`,
  (path) => path.replace('/v1', '/v1/./'),
  (path) => `${path}?${'q'.repeat(5_000)}`,
  (path) => `${path}/${'p'.repeat(9_000)}`,
  () => '*',
  () => '/',
  () => '',
  () => '/v1/__proto__',
  () => '/constructor',
  () => '/v1/models/../../../etc/passwd',
  (path, random) => path.slice(0, random.below(path.length)),
]

/** Header lines that are added, or replace one of the same name. */
const LINES: readonly string[] = [
  'content-length: 0',
  'content-length: 5',
  'content-length: -1',
  'content-length: 99999999999999999999',
  'content-length: 1e3',
  'content-length: 10, 10',
  'content-length : 10',
  'transfer-encoding: chunked',
  'transfer-encoding: gzip, chunked',
  'transfer-encoding: chunked, identity',
  'transfer-encoding:\x0bchunked',
  'content-type: text/plain',
  'content-type: multipart/form-data; boundary=x',
  'expect: 100-continue',
  'expect: a miracle',
  'upgrade: websocket',
  'upgrade: h2c',
  'connection: upgrade',
  'connection: keep-alive, authorization',
  'connection: x-api-key, content-length',
  'host: evil.example',
  'host: a, b',
  'authorization: Bearer',
  'authorization: Basic Zm9vOmJhcg==',
  'authorization: Bearer sk-wrong',
  'x-api-key: sk-wrong',
  'x-api-key:',
  'anthropic-version: 1999-01-01',
  'anthropic-version:',
  'anthropic-beta: a,b,,c',
  'openai-beta: responses=v9',
  'x-sluice-hops: a,b,c,d,e,f,g,h,i',
  'x-sluice-hops: ,,,',
  'x-forwarded-for: 1.2.3.4',
  'cookie: a=b',
  'accept-encoding: gzip, br',
  'accept: text/html',
  'range: bytes=0-1',
  'if-none-match: *',
  'origin: https://evil.example',
  'te: trailers',
  'trailer: x-later',
  'x-odd: \xff\xfe\x80',
  'x-odd: a\x00b',
  'x-odd: a\rb',
  ' folded',
  'no colon at all',
  ': no name',
  'bad name: x',
  `x-long: ${'v'.repeat(20_000)}`,
  `x-${'n'.repeat(3_000)}: v`,
  '__proto__: x',
  'constructor: x',
]

const MANY = Array.from({ length: 2_500 }, (_, at) => `x-${at}: v`)

type Change = (head: Head, body: Buffer, random: Random) => HeadMutant

const nameOf = (line: string) => line.split(':', 1)[0]?.toLowerCase()

const withLine = (headers: readonly string[], line: string, random: Random): string[] => {
  const rest = random.chance(0.6)
    ? headers.filter((kept) => nameOf(kept) !== nameOf(line))
    : headers
  const at = random.below(rest.length + 1)
  return [...rest.slice(0, at), line, ...rest.slice(at)]
}

const whole = (head: Head, body: Buffer, ...steps: string[]): HeadMutant => ({
  bytes: Buffer.concat([toHeadBytes(head), body]),
  steps,
})

const withoutFraming = ({ headers }: Head): string[] =>
  headers.filter((line) => nameOf(line) !== 'content-length')

const SIZES = ['0', '1', 'g', '-1', '0x5', 'ffffffffffffffff', '', '5;ext=1', '5 ', '00000005']

const chunk = (body: Buffer, random: Random): Buffer => {
  const pieces: Buffer[] = []
  for (let at = 0; at < body.length;) {
    const piece = body.subarray(at, at + 1 + random.below(400))
    const size = random.chance(0.04) ? random.pick(SIZES) : piece.length.toString(16)
    pieces.push(Buffer.from(`${size}\r\n`), piece, Buffer.from('\r\n'))
    at += piece.length
  }
  const end = random.pick([
    '0\r\n\r\n',
    '0\r\n\r\n',
    '0\r\nx-later: 1\r\n\r\n',
    '0\r\n',
    '0\n\n',
    '',
  ])
  return Buffer.concat([...pieces, Buffer.from(end)])
}

const CHANGES: readonly Change[] = [
  (head, body, random) => {
    const method = random.pick(METHODS)
    return whole({ ...head, method }, body, `the method ${method}`)
  },
  (head, body, random) => {
    const path = random.pick(PATHS)(head.path, random)
    return whole({ ...head, path }, body, `the path ${path.slice(0, 60)}`)
  },
  (head, body, random) => {
    const lines = Array.from({ length: 1 + random.below(3) }, () => random.pick(LINES))
    let { headers } = head
    for (const line of lines) headers = withLine(headers, line, random)
    return whole({ ...head, headers }, body, ...lines.map((line) => line.slice(0, 60)))
  },
  (head, body, random) => {
    const left = random.pick(head.headers)
    const headers = head.headers.filter((line) => line !== left)
    return whole({ ...head, headers }, body, `without ${nameOf(left)}`)
  },
  (head, body, random) => {
    const mutant = mutateBytes(toHeadBytes(head), random)
    return { bytes: Buffer.concat([mutant.bytes, body]), steps: mutant.steps }
  },
  (head, body, random) => mutateBytes(Buffer.concat([toHeadBytes(head), body]), random),
  (head, body, random) => {
    const bytes = Buffer.concat([toHeadBytes(head), body])
    return { bytes: bytes.subarray(0, random.below(bytes.length)), steps: ['cut'] }
  },
  (head, body, random) => {
    const headers = [...withoutFraming(head), 'transfer-encoding: chunked']
    return whole({ ...head, headers }, chunk(body, random), 'in chunks')
  },
  (head, body, random) => {
    const lineEnd = random.pick(['\n', '\r', '\n\r', '\r\r\n'])
    const bytes = Buffer.concat([toHeadBytes(head, lineEnd), body])
    return { bytes, steps: [`line ends ${JSON.stringify(lineEnd)}`] }
  },
  (head, body) => whole({ ...head, headers: [...head.headers, ...MANY] }, body, 'many headers'),
  (head, body) => {
    const again = toHeadBytes({ method: 'GET', path: '/health', headers: ['host: x'] })
    return whole(head, Buffer.concat([body, again]), 'another request behind it')
  },
  (head, body, random) => {
    const declared = random.below(body.length + 40)
    const headers = [...withoutFraming(head), `content-length: ${declared}`]
    return whole({ ...head, headers }, body, `content-length ${declared} of ${body.length}`)
  },
]

export const mutateHead = (head: Head, body: Buffer, random: Random): HeadMutant =>
  random.pick(CHANGES)(head, body, random)
