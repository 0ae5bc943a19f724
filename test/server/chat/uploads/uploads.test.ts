/** Uploads at the door of a complete Sluice: what is taken, what is refused, and what is left of what was cut off. */
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { sluiceForTest } from '../../../tools/app/house.ts'
import { eventually, PATIENCE_MS } from '../../../tools/app/within.ts'
import {
  BOUNDARY,
  FORM_TYPE,
  PDF,
  PNG,
  sendForm,
  toForm,
  upload,
} from '../../../tools/chat/files.ts'
import { bearer } from '../../../tools/server/chat/start-doors.ts'

const MAX = 25 * 1024 * 1024
const LIMITS = {
  bodyBytes: 32 * 1024 * 1024,
  inFlightBytes: 512 * 1024 * 1024,
  depth: 512,
  uploadStallMs: 200,
}
const LARGE = Buffer.alloc(MAX, 'all of it is text\n')

describe('an upload', () => {
  it('as a form comes back as it was', async () => {
    const sluice = await sluiceForTest()
    const made = await sendForm(sluice, toForm(PNG, { name: 'Ünder 1.png', type: 'text/html' }))
    expect(made.status).toBe(201)
    expect(made.json).toEqual({
      upload_id: expect.stringMatching(/^upl_[0-9A-Za-z]{22}$/),
      name: 'Ünder 1.png',
      type: 'image/png',
      bytes: PNG.length,
      sha256: createHash('sha256').update(PNG).digest('hex'),
      created_at: expect.any(String),
      expires_at: expect.any(String),
    })
    const { created_at, expires_at, upload_id } = made.json as Record<string, string>
    expect(Date.parse(expires_at ?? '') - Date.parse(created_at ?? '')).toBe(24 * 3_600_000)
    const path = `/api/uploads/${upload_id}`
    expect((await sluice.send(path)).json).toEqual(made.json)
    const content = await sluice.send(`${path}/content`)
    expect(content.bytes.equals(PNG)).toBe(true)
    expect(content.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.length),
      'content-disposition': `attachment; filename="_nder 1.png"; filename*=UTF-8''%C3%9Cnder%201.png`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
    })
    const head = await sluice.send(`${path}/content`, { method: 'HEAD' })
    expect([head.status, head.text, head.headers['content-length']]).toEqual([
      200,
      '',
      String(PNG.length),
    ])
    expect((await sluice.send(path, { method: 'DELETE' })).status).toBe(204)
    for (const gone of [path, `${path}/content`]) expect((await sluice.send(gone)).status).toBe(404)
    expect((await sluice.send(path, { method: 'DELETE' })).status).toBe(404)
  })

  it.each([
    ['x-filename', { 'x-filename': 'na%C3%AFve.pdf' }, 'naïve.pdf'],
    ['x-filename with a percent sign', { 'x-filename': '100% done.pdf' }, '100% done.pdf'],
    ['Content-Disposition', { 'content-disposition': 'attachment; filename="../a.pdf"' }, 'a.pdf'],
    ['nothing', {}, 'file'],
  ])('as a body has its name from %s', async (_what, named, name) => {
    const sluice = await sluiceForTest()
    for (const type of ['application/octet-stream', 'image/png', undefined]) {
      const headers = { 'content-type': type, ...named }
      const { json } = await sluice.send('/api/uploads', { body: PDF, headers })
      expect(json).toMatchObject({ name, type: 'application/pdf', bytes: PDF.length })
    }
  })

  it('of 25 MiB is taken, and one of a byte more is not, in either way', async () => {
    const sluice = await sluiceForTest()
    const headers = { 'content-type': 'text/plain' }
    const made = await sluice.send('/api/uploads', { body: LARGE, headers })
    expect(made.json).toMatchObject({ type: 'text/plain', bytes: MAX })
    const content = await sluice.send(`/api/uploads/${String(made.json.upload_id)}/content`)
    expect(content.bytes.equals(LARGE)).toBe(true)
    expect((await sendForm(sluice, toForm(LARGE))).status).toBe(201)
    const larger = Buffer.concat([LARGE, Buffer.from('x')])
    const chunked = { 'content-length': undefined, 'transfer-encoding': 'chunked' }
    for (const refused of [
      await sluice.send('/api/uploads', { body: larger, headers }),
      await sluice.send('/api/uploads', { body: larger, headers: { ...headers, ...chunked } }),
      await sendForm(sluice, toForm(larger)),
    ]) {
      expect(refused.status).toBe(413)
      expect(refused.json).toMatchObject({ error: { param: 'file' } })
    }
  })

  it.each([
    ['an empty body', '', {}, 400, 'file'],
    ['an empty file', toForm(Buffer.alloc(0)), { 'content-type': FORM_TYPE }, 400, 'file'],
    ['a program', Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0\0\0', 'latin1'), {}, 415, 'file'],
    [
      'a form without a boundary',
      toForm(PNG),
      { 'content-type': 'multipart/form-data' },
      400,
      'file',
    ],
    ['a form with another boundary', toForm(PNG), { 'content-type': `${FORM_TYPE}x` }, 400, 'file'],
    [
      'another kind of parts',
      toForm(PNG),
      { 'content-type': `multipart/mixed; boundary=${BOUNDARY}` },
      400,
      'content-type',
    ],
    ['a type that is none', PNG, { 'content-type': 'a; b' }, 400, 'content-type'],
    ['another field', toForm(PNG, { field: 'image' }), { 'content-type': FORM_TYPE }, 400, 'file'],
    ['a compressed body', PNG, { 'content-encoding': 'gzip' }, 400, 'content-encoding'],
  ])('that is %s is refused', async (_what, body, headers, status, param) => {
    const sluice = await sluiceForTest()
    const sent = { 'content-type': 'application/octet-stream', ...headers }
    const refused = await sluice.send('/api/uploads', { body, headers: sent })
    expect(refused.status, refused.text).toBe(status)
    expect(refused.json).toMatchObject({ error: { param } })
  })

  it('is not there for anybody else, on any method', async () => {
    const sluice = await sluiceForTest({ keys: [{ key: 'sk-ann' }, { key: 'sk-ben' }] })
    const id = await upload(sluice, PNG, 'a.png', bearer('sk-ann', 'user'))
    for (const headers of [bearer('sk-ben'), bearer('sk-ann'), bearer('sk-ann', 'other')])
      for (const [method, path] of [
        ['GET', `/api/uploads/${id}`],
        ['GET', `/api/uploads/${id}/content`],
        ['HEAD', `/api/uploads/${id}/content`],
        ['DELETE', `/api/uploads/${id}`],
      ] as const)
        expect((await sluice.send(path, { method, headers })).status).toBe(404)
    expect((await sluice.send(`/api/uploads/${id}`)).status).toBe(401)
    const own = await sluice.send(`/api/uploads/${id}/content`, {
      headers: bearer('sk-ann', 'user'),
    })
    expect(own.bytes.equals(PNG)).toBe(true)
  })
})

const openUpload = (url: string, length: number, begin: Buffer) => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.on('data', (bytes) => void (received += bytes.toString()))
  socket.on('error', () => undefined)
  socket.write(
    `POST /api/uploads HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n`,
  )
  socket.write(begin)
  return { socket, received: () => received }
}

describe('an upload that does not arrive completely', () => {
  it('leaves nothing behind', { timeout: 60_000 }, async () => {
    const sluice = await sluiceForTest()
    for (let at = 0; at < 4; at++) {
      const { socket } = openUpload(sluice.url, MAX, LARGE.subarray(0, 3 * 1024 * 1024))
      await new Promise((resolve) => setTimeout(resolve, 150))
      socket.destroy()
    }
    // In memory, there is room for five. Four that were cut off would leave it for one.
    let taken = 0
    const fill = async (): Promise<number> => {
      const headers = { 'content-type': 'text/plain' }
      const { status } = await sluice.send('/api/uploads', { body: LARGE, headers })
      return status === 201 ? ++taken : taken
    }
    await expect.poll(fill, { timeout: PATIENCE_MS }).toBe(5)
    expect(await fill()).toBe(5)
  })

  it('and stalls is ended', async () => {
    const sluice = await sluiceForTest({ limits: LIMITS })
    const { received, socket } = openUpload(sluice.url, 1_000, Buffer.from('a few bytes'))
    await eventually('an answer', () => received().startsWith('HTTP/1.1 408'))
    socket.destroy()
  })

  it('and comes slowly is taken', async () => {
    const sluice = await sluiceForTest()
    const { received, socket } = openUpload(sluice.url, 20, Buffer.from('a'))
    for (let at = 1; at < 20; at++) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      socket.write('b')
    }
    await eventually('an answer', () => received().startsWith('HTTP/1.1 201'))
    socket.destroy()
  })
})
