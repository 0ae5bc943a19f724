/** Messages with files, through the doors of a complete Sluice, and what models are sent of them. */
import { describe, expect, it } from 'vitest'
import { GPT } from '../../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../../tools/app/house.ts'
import { JPEG, PDF, PNG, sendForm, toForm, upload } from '../../../tools/chat/files.ts'
import { openSession } from '../../../tools/server/chat/session-client.ts'
import { bearer } from '../../../tools/server/chat/start-doors.ts'

const CHAT = { chat: { model: GPT, messageRate: false as const } }
const PATH = '/api/sessions/mine'

const start = async (options: Parameters<typeof startHouse>[0] = {}) => {
  const { sluice, upstream } = await startHouse({ ...CHAT, ...options })
  await sluice.send('/api/sessions', { body: { id: 'mine' } })
  const ask = async (message: string, more: object = {}) => {
    const body = { message, session_id: 'mine', ...more }
    return sluice.send('/api/chat', { body })
  }
  const messages = async () =>
    (await sluice.send(`${PATH}/messages`)).json.messages as Record<string, unknown>[]
  /** What the last call has in its last message, or in an earlier one. */
  const sent = (at = -1) => {
    const body = callsOf(upstream).at(-1)?.body as
      | { messages: { role: string; content: unknown }[] }
      | undefined
    return body?.messages.at(at)?.content
  }
  return { sluice, upstream, ask, messages, sent }
}

const toUrl = (type: string, bytes: Buffer) => `data:${type};base64,${bytes.toString('base64')}`

describe('a message with files', () => {
  it('sends its model the image, the PDF and the text, and keeps none of their bytes', async () => {
    const { sluice, ask, messages, sent } = await start()
    const image = await upload(sluice, PNG, 'a.png')
    const pdf = await upload(sluice, PDF, 'b.pdf')
    const text = await upload(sluice, 'ünder words', 'c.md')
    const whole = (await sluice.send(`/api/uploads/${pdf}`)).json
    const attachments = [image, whole, { upload_id: text }]
    const { status, text: told } = await ask('look', { attachments })
    expect(status, told).toBe(200)
    expect(sent()).toEqual([
      { type: 'image_url', image_url: { url: toUrl('image/png', PNG) } },
      { type: 'file', file: { filename: 'b.pdf', file_data: toUrl('application/pdf', PDF) } },
      { type: 'text', text: '[File: c.md]\nünder words\n[End of the file c.md]' },
      { type: 'text', text: 'look' },
    ])
    const [question] = await messages()
    expect(question).toMatchObject({
      content: 'look',
      parts: [
        { kind: 'text', text: 'look' },
        {
          kind: 'attachment',
          upload_id: image,
          name: 'a.png',
          type: 'image/png',
          bytes: PNG.length,
        },
        { kind: 'attachment', upload_id: pdf, name: 'b.pdf', type: 'application/pdf' },
        { kind: 'attachment', upload_id: text, name: 'c.md', type: 'text/markdown' },
      ],
    })
    expect((await sluice.send(`/api/uploads/${image}`)).json.expires_at).toBeNull()
    const { runs } = (await sluice.send(`${PATH}/runs`)).json as { runs: { run_id: string }[] }
    const prompt = await sluice.send(`${PATH}/runs/${runs[0]?.run_id}/prompt`)
    expect(prompt.json.messages).toEqual([
      {
        role: 'user',
        content: 'look',
        attachments: [
          { upload_id: image, name: 'a.png', type: 'image/png', bytes: PNG.length },
          { upload_id: pdf, name: 'b.pdf', type: 'application/pdf', bytes: PDF.length },
          { upload_id: text, name: 'c.md', type: 'text/markdown', bytes: 12 },
        ],
      },
    ])
    for (const format of ['json', 'markdown']) {
      const exported = await sluice.send(`${PATH}/export?format=${format}`)
      expect(exported.text).toContain('a.png')
      expect(exported.text).not.toContain(PNG.toString('base64').slice(0, 20))
    }
  })

  it('sends them again with later messages, and with another answer', async () => {
    const { sluice, ask, messages, sent } = await start()
    await ask('look', { attachments: [await upload(sluice, PNG)] })
    await ask('and now?')
    const shown = [
      { type: 'image_url', image_url: { url: toUrl('image/png', PNG) } },
      { type: 'text', text: 'look' },
    ]
    expect(sent(0)).toEqual(shown)
    const [question] = await messages()
    await sluice.send(`${PATH}/messages/${String(question?.['message_id'])}/regenerate`, {
      body: {},
    })
    await expect.poll(() => sent(-1)).toEqual(shown)
  })

  it('keeps them when it is edited, unless others are given', async () => {
    const { sluice, ask, messages, sent } = await start()
    await ask('look', { attachments: [await upload(sluice, PNG)], metadata: { a: 1 } })
    const edit = async (body: object) => {
      const id = String((await messages()).at(0)?.['message_id'])
      const { status, text } = await sluice.send(`${PATH}/messages/${id}/edit`, { body })
      expect(status, text).toBe(202)
      await expect.poll(async () => (await messages()).at(-1)?.['status']).toBe('done')
    }
    await edit({ content: 'look again' })
    expect(sent()).toEqual([
      { type: 'image_url', image_url: { url: toUrl('image/png', PNG) } },
      { type: 'text', text: 'look again' },
    ])
    expect((await messages()).at(0)).toMatchObject({ content: 'look again', metadata: { a: 1 } })
    await edit({ content: 'this', attachments: [await upload(sluice, JPEG)], metadata: { b: 2 } })
    expect(sent()).toEqual([
      { type: 'image_url', image_url: { url: toUrl('image/jpeg', JPEG) } },
      { type: 'text', text: 'this' },
    ])
    expect((await messages()).at(0)).toMatchObject({ content: 'this', metadata: { b: 2 } })
    await edit({ content: 'nothing', attachments: [] })
    expect(sent()).toBe('nothing')
  })

  it('that waits for its turn has them when it comes', async () => {
    const { sluice, upstream, messages, sent } = await start()
    upstream.next({ parts: [{ text: 'slow words '.repeat(20) }], paceMs: 10, pieces: 20 })
    const client = await openSession(sluice.url, '/ws/session/mine')
    const id = await upload(sluice, PNG)
    client.send({ type: 'message', content: 'first' })
    client.send({ type: 'message', content: 'second', attachments: [id], metadata: { at: 2 } })
    await client.answers(2)
    const file = { upload_id: id, name: 'a.png', type: 'image/png', bytes: PNG.length }
    const ofType = (type: string) => client.frames.filter((frame) => frame.type === type)
    expect(ofType('queued')).toMatchObject([{ content: 'second', attachments: [file] }])
    expect(ofType('user_message')).toMatchObject([
      { content: 'first' },
      { content: 'second', attachments: [file], metadata: { at: 2 } },
    ])
    expect(ofType('user_message')[0]).not.toHaveProperty('attachments')
    expect((await messages()).at(2)).toMatchObject({ metadata: { at: 2 } })
    expect(sent()).toHaveLength(2)
  })

  it.each(['/chat/ws?session_id=mine', '/ws/chat/mine', '/ws/session/mine'])(
    'is understood by %s',
    async (path) => {
      const { sluice, sent } = await start()
      const client = await openSession(sluice.url, path)
      const attachments = [{ upload_id: await upload(sluice, PNG) }]
      client.send({ type: 'message', content: 'look', attachments })
      await expect.poll(() => sent()).toHaveLength(2)
      client.send({ type: 'message', content: 'look', attachments: ['upl_x'] })
      await expect.poll(() => JSON.stringify(client.frames)).toContain('attachments[0]')
    },
  )

  it('that comes again is not asked about again, also when a file is gone', async () => {
    const { sluice, upstream, ask } = await start()
    const id = await upload(sluice, PNG)
    const more = { attachments: [id], client_message_id: 'once' }
    await ask('look', more)
    await sluice.send(`/api/uploads/${id}`, { method: 'DELETE' })
    expect((await ask('look', more)).status).toBe(200)
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('tells later models that a file was deleted', async () => {
    const { sluice, ask, sent, messages } = await start()
    const id = await upload(sluice, PNG)
    await ask('look', { attachments: [id] })
    await sluice.send(`/api/uploads/${id}`, { method: 'DELETE' })
    await ask('and now?')
    expect(JSON.stringify(sent(0))).toContain('[The file a.png is no longer there.]')
    expect(JSON.stringify(await messages())).toContain('a.png')
  })

  it('leaves out earlier files that are too large together', async () => {
    const { sluice, upstream, ask, sent } = await start()
    // It would repeat the text.
    upstream.next({ parts: [{ text: 'ok' }] }, { parts: [{ text: 'ok' }] })
    const large = (word: string) => Buffer.alloc(20 * 1024 * 1024, `${word} `)
    await ask('look', { attachments: [await upload(sluice, large('one'), 'one.txt')] })
    const { status } = await ask('and', {
      attachments: [await upload(sluice, large('two'), 'two.txt')],
    })
    expect(status).toBe(200)
    expect(JSON.stringify(sent(0)).length).toBeLessThan(1_000)
    expect(JSON.stringify(sent(0))).toContain('one.txt is left out')
    expect(JSON.stringify(sent(2)).length).toBeGreaterThan(20 * 1024 * 1024)
  })

  it('is refused by the field that is wrong', async () => {
    const { sluice, upstream, ask, messages } = await start()
    const id = await upload(sluice, PNG)
    const large = Buffer.alloc(20 * 1024 * 1024, 'text ')
    const both = [await upload(sluice, large, 'a.txt'), await upload(sluice, large, 'b.txt')]
    for (const [attachments, status, param] of [
      [['upl_x'], 400, 'attachments[0]'],
      [[id, 'upl_x'], 400, 'attachments[1]'],
      [[id, { upload_id: 7 }], 400, 'attachments[1]'],
      [[id, {}], 400, 'attachments[1]'],
      [['../x'], 400, 'attachments[0]'],
      [[null], 400, 'attachments[0]'],
      ['upl_x', 400, 'attachments'],
      [{ 0: id }, 400, 'attachments'],
      [Array.from({ length: 17 }, () => id), 400, 'attachments'],
      [both, 413, 'attachments'],
    ] as const) {
      const refused = await ask('look', { attachments })
      expect([refused.status, (refused.json.error as { param?: string }).param]).toEqual([
        status,
        param,
      ])
    }
    for (const metadata of ['a', 7, [1], Array(1)]) {
      const refused = await ask('look', { metadata })
      expect(refused.json).toMatchObject({ error: { param: 'metadata' } })
      expect(refused.status).toBe(400)
    }
    const { status } = await ask('look', { metadata: { a: 'a'.repeat(16 * 1024) } })
    expect(status).toBe(413)
    expect(await messages()).toEqual([])
    expect(callsOf(upstream)).toEqual([])
    expect((await sluice.send(`/api/uploads/${id}`)).json.expires_at).not.toBeNull()
  })

  it('cannot have a file of another owner', async () => {
    const { sluice } = await start({ keys: [{ key: 'sk-ann' }, { key: 'sk-ben' }] })
    const id = await upload(sluice, PNG, 'a.png', bearer('sk-ann'))
    for (const headers of [bearer('sk-ben'), bearer('sk-ann', 'user')]) {
      const body = { message: 'look', attachments: [id] }
      const refused = await sluice.send('/api/chat', { body, headers })
      expect(refused.status).toBe(400)
      expect(refused.json).toMatchObject({ error: { param: 'attachments[0]' } })
    }
  })

  it('fails clearly if no model takes images', async () => {
    const modelSettings = [{ target: `openai/${GPT}`, abilities: { images: false } }]
    const { sluice, upstream, ask, messages } = await start({ modelSettings })
    const refused = await ask('look', { attachments: [await upload(sluice, PNG)] })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('takes no images')
    expect(callsOf(upstream)).toEqual([])
    expect((await messages()).at(-1)).toMatchObject({ status: 'failed' })
  })
})

describe('files of a session', () => {
  it('are gone with it, and stay with a copy of it', async () => {
    const { sluice, ask } = await start()
    const id = await upload(sluice, PNG)
    const other = String((await sendForm(sluice, toForm(PDF))).json.upload_id)
    await ask('look', { attachments: [id] })
    const forked = await sluice.send(`${PATH}/fork`, { body: {} })
    await sluice.send(PATH, { method: 'DELETE' })
    const exists = async (upload_id: string) =>
      (await sluice.send(`/api/uploads/${upload_id}`)).status
    expect(await exists(id)).toBe(200)
    await sluice.send(`/api/sessions/${String(forked.json.id)}/clear`, { body: {} })
    expect(await exists(id)).toBe(404)
    expect(await exists(other)).toBe(200)
  })
})
