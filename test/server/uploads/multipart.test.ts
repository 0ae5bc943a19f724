/** A form with one file, as it arrives. */
import { array, assert, asyncProperty, constantFrom, nat, oneof, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openFilePart } from '../../../src/server/uploads/multipart.ts'
import { BOUNDARY, toForm } from '../../tools/chat/files.ts'

async function* inChunks(body: Buffer, sizes: readonly number[]) {
  let at = 0
  for (let turn = 0; at < body.length; turn++) {
    const size = sizes.length === 0 ? body.length : (sizes[turn % sizes.length] ?? 0) + 1
    yield body.subarray(at, at + size)
    at += size
  }
}

const read = async (body: Buffer | string, sizes: readonly number[] = [], boundary = BOUNDARY) => {
  const part = await openFilePart(inChunks(Buffer.from(body), sizes), boundary)
  const pieces: Buffer[] = []
  for await (const piece of part.bytes) pieces.push(piece)
  return { ...part, content: Buffer.concat(pieces) }
}

const HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`
const END = `\r\n--${BOUNDARY}--\r\n`

describe('a form', () => {
  it('brings every byte of its file, however it is cut and whatever is in it', async () => {
    const odd = constantFrom(
      '\r\n',
      '--',
      `--${BOUNDARY}`.slice(0, -1),
      `\r\n--${BOUNDARY}x`,
      '\r',
      `\r\n--${BOUNDARY} `,
    )
    const data = array(
      oneof(
        uint8Array({ maxLength: 20 }),
        odd.map((text) => Buffer.from(text)),
      ),
    )
    await assert(
      asyncProperty(data, array(nat(30), { minLength: 1, maxLength: 5 }), async (pieces, sizes) => {
        const content = Buffer.concat(pieces)
        const found = await read(toForm(content), sizes)
        expect(found.content.equals(content)).toBe(true)
      }),
    )
  })

  it('names its file', async () => {
    expect(
      await read(toForm(Buffer.from('x'), { name: 'Grüße %22a%22.txt', type: 'text/csv' })),
    ).toMatchObject({
      name: 'Grüße "a".txt',
      type: 'text/csv',
    })
    const extended = HEAD.replace('filename="a"', `filename="a"; filename*=UTF-8''na%C3%AFve.txt`)
    expect((await read(`${extended}x${END}`)).name).toBe('naïve.txt')
    expect((await read(`${HEAD.replace('; filename="a"', '')}x${END}`)).name).toBeUndefined()
  })

  it('may be empty, and may end without a line', async () => {
    expect((await read(`${HEAD}${END}`)).content).toHaveLength(0)
    expect((await read(`${HEAD}x${END.trimEnd()}`)).content.toString()).toBe('x')
  })

  const TWO = `${HEAD}x\r\n${HEAD}y${END}`
  it.each([
    ['no bytes', ''],
    ['no boundary', 'x'.repeat(50)],
    ['another boundary', HEAD.replace(BOUNDARY, 'other') + `x${END}`],
    ['something before its boundary', `hello\r\n${HEAD}x${END}`],
    ['nothing but an end', `--${BOUNDARY}--\r\n`],
    ['no end', `${HEAD}x`],
    ['half of an end', `${HEAD}x\r\n--${BOUNDARY}-`],
    ['half of a head', HEAD.slice(0, 60)],
    ['two files', TWO],
    ['another field before its file', TWO.replace('name="file"', 'name="note"')],
    ['another field after its file', `${HEAD}x\r\n${HEAD.replace('"file"', '"note"')}y${END}`],
    ['something after its end', `${HEAD}x${END}more`],
    ['a long end', `${HEAD}x${END}${' '.repeat(5_000)}`],
    ['no disposition', `--${BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx${END}`],
    ['a part without a head', `--${BOUNDARY}\r\n\r\nx${END}`],
    ['another disposition', `${HEAD.replace('form-data', 'attachment')}x${END}`],
    ['a name twice', `${HEAD.replace('name="file"', 'name="file"; name="x"')}x${END}`],
    ['a quote that does not end', `${HEAD.replace('filename="a"', 'filename="a')}x${END}`],
    [
      'a disposition twice',
      `${HEAD.replace('\r\n\r\n', '\r\nContent-Disposition: form-data\r\n\r\n')}x${END}`,
    ],
    ['a line that is no header', `${HEAD.replace('\r\n\r\n', '\r\nhello\r\n\r\n')}x${END}`],
    ['a large head', `${HEAD.replace('"a"', `"${'a'.repeat(10_000)}"`)}x${END}`],
    ['a head that does not end', `--${BOUNDARY}\r\n${'a'.repeat(10_000)}`],
    [
      'base64',
      `${HEAD.replace('\r\n\r\n', '\r\nContent-Transfer-Encoding: base64\r\n\r\n')}eA==${END}`,
    ],
  ])('with %s is refused', async (_what, body) => {
    for (const sizes of [[], [0], [6]])
      await expect(read(body, sizes)).rejects.toMatchObject({
        code: 'invalid_request',
        param: 'file',
      })
  })

  it('with a head that is not UTF-8 is refused', async () => {
    const body = Buffer.from(`${HEAD.replace('"a"', '"\xfc"')}x${END}`, 'latin1')
    await expect(read(body)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it.each(['', 'a'.repeat(71), 'a\nb', 'ends with a space ', '"'])(
    'with the boundary %j is refused',
    async (boundary) => {
      await expect(read('x', [], boundary)).rejects.toMatchObject({ code: 'invalid_request' })
    },
  )
})
