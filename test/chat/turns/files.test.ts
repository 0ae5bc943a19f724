/** The files of messages: kept over a restart, and bounded for all runs together. */
import { describe, expect, it } from 'vitest'
import { ANONYMOUS, scopeOf } from '#access'
import type { SessionStore } from '#chat'
import { withFiles } from '../../../src/chat/turns/run/files/with-files.ts'
import type { Prompt } from '../../../src/chat/turns/run/prompt.ts'
import { chatHouse, settle } from '../../tools/chat/chat-house.ts'
import { PNG } from '../../tools/chat/files.ts'
import { replicaHouse } from '../../tools/chat/replica-house.ts'

const OWNER = scopeOf(ANONYMOUS)

const addImage = async ({ uploads }: SessionStore): Promise<void> => {
  const key = { owner: OWNER, id: 'upl_1' }
  const now = Date.now()
  const known = { name: 'a.png', type: 'image/png', bytes: PNG.length, sha256: '' }
  const upload = { ...key, ...known, createdAt: now, expiresAt: now + 60_000 }
  await uploads.begin(upload, { count: 9, bytes: 9e9 })
  await uploads.addPiece(key, 0, new Uint8Array(PNG))
  await uploads.complete(upload)
}

const IMAGE = {
  kind: 'image',
  source: { kind: 'base64', mediaType: 'image/png', data: PNG.toString('base64') },
}

const FILE = { upload_id: 'upl_1', name: 'a.png', type: 'image/png', bytes: PNG.length }

describe('a message with a file', () => {
  it('that waits when its process is killed has it afterwards', async () => {
    const house = chatHouse()
    await addImage(house.store)
    const visit = await house.join()
    await visit.say('first')
    await settle()
    const queued = await visit.say('look', { attachments: ['upl_1'], metadata: { a: 1 } })
    expect(queued.status).toBe('queued')
    const next = house.restart()
    await next.chat.start()
    await expect
      .poll(() => next.model.calls[0]?.call.request.turns.at(-1)?.parts.at(-2))
      .toEqual(IMAGE)
    const message = [...next.store.kept('s').messages.values()].find(
      ({ content }) => content === 'look',
    )
    expect(message).toMatchObject({
      metadata: { a: 1 },
      parts: [{ kind: 'text' }, { kind: 'attachment', ...FILE }],
    })
    const [run] = [...next.store.kept('s').runs.values()].slice(-1)
    expect(JSON.stringify([run, message])).not.toContain(IMAGE.source.data.slice(0, 12))
  })

  it('that is sent to another process has it where it is answered', async () => {
    const house = replicaHouse()
    const one = house.add('one')
    const two = house.add('two')
    await addImage(house.store)
    await one.join()
    const second = await two.join()
    const reading = await second.read()
    await second.say('look', { attachments: ['upl_1'], metadata: { a: 1 } })
    await expect.poll(() => one.model.calls[0]?.call.request.turns.at(-1)?.parts[0]).toEqual(IMAGE)
    expect(two.model.calls).toHaveLength(0)
    await expect.poll(() => reading.types).toContain('user_message')
    const message = reading.sent.find(({ event }) => event.type === 'user_message')
    expect(message?.event).toMatchObject({ attachments: [FILE], metadata: { a: 1 } })
    await expect(second.say('look', { attachments: ['upl_x'] })).rejects.toMatchObject({
      param: 'attachments[0]',
    })
  })

  it('is refused while the store of its file is gone, and starts nothing', async () => {
    const house = chatHouse()
    await addImage(house.store)
    const visit = await house.join()
    const { uploads } = house.store
    const gone = () => Promise.reject(new Error('gone'))
    Object.assign(house.store, { uploads: { ...uploads, piece: gone } })
    await expect(visit.say('look', { attachments: ['upl_1'] })).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect(house.model.calls).toHaveLength(0)
    Object.assign(house.store, { uploads })
    expect((await visit.say('look', { attachments: ['upl_1'] })).status).toBe('started')
  })
})

describe('the files of all runs', () => {
  const prompt = {
    turns: [{ role: 'user', parts: [{ kind: 'attachment', ...FILE }] }],
  } as unknown as Prompt
  const MOST = 256 * 1024 * 1024

  it('are bounded, and released with their runs', async () => {
    const { store } = chatHouse()
    await addImage(store)
    const files = { bytes: MOST - PNG.length }
    const core = { around: { files, store }, key: { owner: OWNER, id: 's' } } as never
    const first = await withFiles(core, prompt)
    expect(files.bytes).toBe(MOST)
    await expect(withFiles(core, prompt)).rejects.toMatchObject({ code: 'at_capacity' })
    first.release()
    first.release()
    expect(files.bytes).toBe(MOST - PNG.length)
    expect((await withFiles(core, prompt)).request.turns).toMatchObject([{ parts: [IMAGE] }])
  })

  it('do not count if they cannot be read', async () => {
    const { store } = chatHouse()
    const files = { bytes: 0 }
    const piece = () => Promise.reject(new Error('gone'))
    const around = { files, store: { ...store, uploads: { ...store.uploads, piece } } }
    const core = { around, key: { owner: OWNER, id: 's' } } as never
    await expect(withFiles(core, prompt)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(files.bytes).toBe(0)
  })
})
