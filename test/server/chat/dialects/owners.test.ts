/** What belongs to another owner does not exist at any door. */
import { describe, expect, it } from 'vitest'
import { GPT } from '../../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../../tools/app/house.ts'
import { createMember, JSON_DOORS, openDoor } from '../../../tools/server/chat/door-client.ts'
import { readEvents } from '../../../tools/server/chat/event-stream.ts'
import { refusedClient } from '../../../tools/server/websocket/open-client.ts'

const ANN = 'sk-ann-0123456789'
const BOB = 'sk-bob-0123456789'
const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

const start = () =>
  startHouse({ keys: [{ key: ANN }, { key: BOB }], defaultModel: GPT } as Parameters<
    typeof startHouse
  >[0])

describe.each(JSON_DOORS)('at $name', (door) => {
  it('two keys have two sessions of one id', async () => {
    const { sluice } = await start()
    const [ann, bob] = [ANN, BOB].map((key) => ({
      member: createMember(sluice.url, door, 'kitchen'),
      options: as(key),
    }))
    if (!ann || !bob) throw new Error('there are two')
    const first = await ann.member.connect(undefined, ann.options)
    const second = await bob.member.connect(undefined, bob.options)
    first.send({ type: 'message', content: 'A secret.' })
    await first.until('the answer', ann.member.hasEnded(1))
    second.send({ type: 'cancel' })
    second.send({ type: 'message', content: 'Hello?' })
    await second.until('the answer', bob.member.hasEnded(1))
    expect(second.texts.join('')).not.toContain('secret')
    expect(bob.member.answers()).toHaveLength(1)
    for (const client of [first, second]) client.cut()
  })

  it('a session that was made for one key is a 404 for another', async () => {
    const { sluice } = await start()
    const made = await sluice.send('/api/sessions', { ...as(ANN), body: {} })
    const id = String(made.json.id ?? made.json.session_id)
    expect(id).toMatch(/^ses_/)
    const refused = await refusedClient(sluice.url, door.toPath(id), as(BOB))
    expect(refused.status).toBe(404)
    const opened = await openDoor(sluice.url, door.toPath(id), undefined, as(ANN))
    opened.cut()
  })
})

it('an answer of one key cannot be read on by another', async () => {
  const { upstream, sluice } = await start()
  const { events } = await readEvents(`${sluice.url}/chat/stream?message=Hello`, as(ANN))
  const { id = '' } = events[0] ?? {}
  const headers = { authorization: `Bearer ${BOB}`, 'last-event-id': id }
  expect(await sluice.send('/chat/stream?message=Hello', { headers })).toMatchObject({
    status: 404,
  })
  const own = { authorization: `Bearer ${ANN}`, 'last-event-id': id }
  expect((await readEvents(`${sluice.url}/chat/stream`, { headers: own })).status).toBe(200)
  expect(callsOf(upstream)).toHaveLength(1)
})

it('a question to a session of another key is a 404', async () => {
  const { sluice } = await start()
  const asked = await sluice.send('/api/chat', { ...as(ANN), body: { message: 'Hello' } })
  const body = { message: 'What was said?', session_id: asked.json.session_id }
  expect((await sluice.send('/api/chat', { ...as(BOB), body })).status).toBe(404)
  expect((await sluice.send('/api/chat', { ...as(ANN), body })).status).toBe(200)
})
