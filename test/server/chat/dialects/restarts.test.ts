/** A client at any door comes back to a server that was started again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GPT } from '../../../tools/app/asks.ts'
import { sluiceForTest, upstreamForTest } from '../../../tools/app/house.ts'
import { openaiAt, startSluice } from '../../../tools/app/start-sluice.ts'
import { readChatWs } from '../../../tools/checkers/chat/index.ts'
import { createMember, JSON_DOORS } from '../../../tools/server/chat/door-client.ts'
import { readEvents, type ServerEvent } from '../../../tools/server/chat/event-stream.ts'

const WORDS = 'one two three four five six seven eight nine ten'
const HALFWAY = { parts: [{ text: WORDS }], pieces: 10, fault: { stallAfterEvents: 7 } }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const start = async () => {
  const upstream = await upstreamForTest()
  const options = { providers: [openaiAt(upstream.url)], rows: { folder }, defaultModel: GPT }
  return {
    upstream,
    first: await startSluice(options),
    again: () => sluiceForTest(options),
  }
}

describe.each(JSON_DOORS)('$name', (door) => {
  it('reads on, and the answer that was interrupted can be continued', async () => {
    const { upstream, first, again } = await start()
    upstream.next(HALFWAY, { parts: [{ text: ' And the rest.' }] })
    const before = createMember(first.url, door, 'kitchen')
    const client = await before.connect()
    client.send({ type: 'message', content: 'Hello?', on_disconnect: 'continue' })
    await client.until('its beginning', () => (before.answers().at(-1)?.text ?? '').length > 4)
    client.cut()
    const { position } = before.read()
    await first.close()

    const second = await again()
    const after = createMember(second.url, door, 'kitchen')
    for (const text of client.texts) after.take(text)
    const later = await after.connect(position)
    await later.until('the end', after.hasEnded(1))
    expect(after.answers()).toMatchObject([{ status: 'interrupted' }])
    expect(WORDS.startsWith(after.answers()[0]?.text ?? '?')).toBe(true)
    later.send({ type: 'continue', run_id: after.answers()[0]?.run })
    await later.until('the rest', after.hasEnded(2))
    expect(after.answers()[1]).toMatchObject({ text: ' And the rest.', status: 'done' })
    expect(after.read().faults).toEqual([])
    later.cut()
  })
})

describe('/chat/stream', () => {
  it('reads on to the end of the answer that was interrupted, and does not ask again', async () => {
    const { upstream, first, again } = await start()
    upstream.next(HALFWAY)
    const path = '/chat/stream?message=Hello&session_id=den&on_disconnect=continue'
    const { events, ended } = await readEvents(first.url + path, {}, 4)
    expect(ended).toBe(false)
    await first.close()
    const second = await again()
    const headers = { 'last-event-id': events.at(-1)?.id ?? '' }
    const rest = await readEvents(second.url + path, { headers })
    expect(rest.ended).toBe(true)
    const reader = readChatWs()
    for (const { data } of [...events, ...rest.events] satisfies ServerEvent[]) reader.take(data)
    expect(reader.read().faults).toEqual([])
    expect(reader.read().entries).toMatchObject([{ status: 'interrupted' }])
    expect(upstream.calls).toHaveLength(1)
    const last = { 'last-event-id': rest.events.at(-1)?.id ?? '' }
    expect(await readEvents(second.url + path, { headers: last })).toMatchObject({ status: 204 })
  })
})
