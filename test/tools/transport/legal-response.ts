/** Random answers that any client of HTTP/1.1 has to understand, with what they mean. */
import * as fc from 'fast-check'

export interface LegalResponse {
  readonly wire: string
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly delimitedBy: 'length' | 'chunked' | 'close' | 'nothing'
}

const byte = (code: number): string => String.fromCharCode(code)

const bytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength }).map((codes) => codes.map(byte).join(''))

const fieldName = fc.stringMatching(/^x-[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/)

const fieldValue = fc
  .stringMatching(/^(?:[!-~](?:[ -~\t]{0,30}[!-~])?)?$/)
  .chain((text) => fc.constantFrom(text, `${text}\u00e9`))

const blank = fc.constantFrom('', ' ', '\t', '  ')

const field = fc.tuple(fieldName, blank, fieldValue, blank)

type Field = readonly [name: string, before: string, value: string, after: string]

const toLines = (fields: readonly Field[]): string =>
  fields.map(([name, before, value, after]) => `${name}:${before}${value}${after}\r\n`).join('')

const chunk = fc.record({
  data: bytes(60).filter((data) => data !== ''),
  extension: fc.constantFrom('', ';a=b', ';a="b c"', ';a;b=c'),
  upper: fc.boolean(),
  zeros: fc.constantFrom('', '0', '000'),
})

interface Body {
  readonly field: readonly string[]
  readonly wire: string
  readonly body: string
  readonly delimitedBy: LegalResponse['delimitedBy']
}

const chunkedBody: fc.Arbitrary<Body> = fc
  .record({
    chunks: fc.array(chunk, { maxLength: 8 }),
    trailers: fc.array(field, { maxLength: 2 }),
    coding: fc.constantFrom('chunked', 'Chunked', 'CHUNKED'),
  })
  .map(({ chunks, trailers, coding }) => ({
    field: ['Transfer-Encoding', coding],
    wire: `${chunks
      .map(({ data, extension, upper, zeros }) => {
        const size = zeros + data.length.toString(16)
        return `${upper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`
      })
      .join('')}0\r\n${toLines(trailers)}\r\n`,
    body: chunks.map(({ data }) => data).join(''),
    delimitedBy: 'chunked',
  }))

const sizedBody: fc.Arbitrary<Body> = bytes(300).map((body) => ({
  field: ['Content-Length', String(body.length)],
  wire: body,
  body,
  delimitedBy: 'length',
}))

const closedBody: fc.Arbitrary<Body> = bytes(300).map((body) => ({
  field: ['Connection', 'close'],
  wire: body,
  body,
  delimitedBy: 'close',
}))

const noBody: Body = { field: ['x-none', ''], wire: '', body: '', delimitedBy: 'nothing' }

const interim = fc.constantFrom(
  '',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n',
  'HTTP/1.1 102 \r\n\r\nHTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n',
)

export const legalResponse = (
  options: { interim?: fc.Arbitrary<string> } = {},
): fc.Arbitrary<LegalResponse> =>
  fc
    .record({
      before: options.interim ?? interim,
      reason: fc.constantFrom('OK', '', 'Not So OK', 'caf\u00e9'),
      fields: fc.array(field, { maxLength: 6 }),
      last: fc.array(field, { maxLength: 3 }),
      answer: fc.oneof(
        fc.tuple(fc.constantFrom(200, 201, 400, 429, 529, 999), chunkedBody),
        fc.tuple(fc.constantFrom(200, 201, 400, 429, 529, 999), sizedBody),
        fc.tuple(fc.constantFrom(200, 404, 500), closedBody),
        fc.tuple(fc.constantFrom(204, 304), fc.constant(noBody)),
      ),
    })
    .map(({ before, reason, fields, last, answer: [status, body] }) => {
      const [name = '', value = ''] = body.field
      const all: Field[] = [...fields, [name, ' ', value, ''], ...last]
      return {
        wire: `${before}HTTP/1.1 ${status} ${reason}\r\n${toLines(all)}\r\n${body.wire}`,
        status,
        rawHeaders: all.flatMap(([fieldsName, , fieldsValue]) => [fieldsName, fieldsValue]),
        body: body.body,
        delimitedBy: body.delimitedBy,
      }
    })

/** The text cut at random places, no piece empty. */
export const cutAnywhere = (text: string): fc.Arbitrary<string[]> =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: Math.max(1, text.length - 1) }), { maxLength: 12 })
    .map((places) => {
      const cuts = [0, ...places.toSorted((a, b) => a - b), text.length]
      return cuts
        .slice(1)
        .map((cut, index) => text.slice(cuts[index], cut))
        .filter((piece) => piece !== '')
    })
