/** Readers of the canonical doors that came after a branch was left: it is shown to them when it is chosen. */
import { describe, expect, it } from 'vitest'
import type { SentEvent } from '#model'
import { GPT } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { foldSent } from '../../tools/chat/client-fold.ts'
import { openEvents, openSession } from '../../tools/server/chat/session-client.ts'
import type { FrameJson } from '../../tools/server/websocket/open-client.ts'

const SLOWLY = { parts: [{ text: 'word '.repeat(100) }], pieces: 100, paceMs: 10 }

/** What a client makes of its frames, in which `history` is a first snapshot. */
const shownOf = (frames: readonly FrameJson[]): readonly string[] => {
  const sent = frames
    .filter(({ type }) => type !== 'connected')
    .map(({ seq, epoch, ...event }) => ({
      event: event.type === 'history' ? { ...event, type: 'snapshot' } : event,
      ...(seq !== undefined && { seq, epoch, at: 0 }),
    }))
  return foldSent(sent as unknown as SentEvent[]).map(({ content }) => content)
}

const DOORS = ['a socket', 'server-sent events'] as const

const openReader = async (url: string, door: (typeof DOORS)[number], position?: string) => {
  const query = position === undefined ? '' : `?position=${position}`
  if (door === 'a socket') {
    const client = await openSession(url, `/ws/session/s${query}`)
    return () => client.frames
  }
  const events = await openEvents(url, `/api/sessions/s/events${query}`)
  return () => events.events().map(({ data }) => data)
}

const start = async () => {
  const { sluice, upstream } = await startHouse({ chat: { model: GPT } })
  const writer = await openSession(sluice.url, '/ws/session/s')
  let count = 0
  const ask = async (command: object, text: string): Promise<void> => {
    upstream.next({ parts: [{ text }] })
    writer.send(command)
    await writer.answers(++count)
  }
  const messageIdOf = (content: string): unknown =>
    writer.frames.find(({ type, content: said }) => type === 'user_message' && said === content)?.[
      'message_id'
    ]
  await ask({ type: 'message', content: 'one' }, 'first')
  await ask({ type: 'edit', message_id: messageIdOf('one'), content: 'two' }, 'second')
  const choose = (content: string): void =>
    writer.send({ type: 'choose', message_id: messageIdOf(content) })
  return { sluice, upstream, writer, choose, ask }
}

describe.each(DOORS)('a reader of %s', (door) => {
  it('is sent a branch that it was not sent when it is chosen, and nothing twice', async () => {
    const { sluice, writer, choose, ask } = await start()
    const frames = await openReader(sluice.url, door)
    await expect.poll(() => shownOf(frames())).toEqual(['two', 'second'])
    choose('one')
    await expect.poll(() => shownOf(frames())).toEqual(['one', 'first'])
    choose('two')
    await expect.poll(() => shownOf(frames())).toEqual(['two', 'second'])
    await ask({ type: 'message', content: 'three' }, 'third')
    const all = ['two', 'second', 'three', 'third']
    await expect.poll(() => shownOf(frames())).toEqual(all)
    expect(shownOf(writer.frames)).toEqual(all)
    // Whoever has been there all the time needs no snapshot.
    expect(writer.frames.filter(({ type }) => type === 'snapshot')).toEqual([])
  })

  it('that named a position has all branches, and is told the head alone', async () => {
    const { sluice, writer, choose } = await start()
    const before = [...writer.frames]
    const last = before.at(-1)
    choose('one')
    await expect.poll(() => writer.frames.at(-1)?.type).toBe('head')
    const frames = await openReader(sluice.url, door, `${last?.['epoch']}.${last?.['seq']}`)
    await expect.poll(() => shownOf([...before, ...frames()])).toEqual(['one', 'first'])
    expect(frames().map(({ type }) => type)).not.toContain('snapshot')
  })

  it('hears nothing of a run that goes on beside the branch, and all of it when it comes back', async () => {
    const { sluice, upstream, writer, choose } = await start()
    const frames = await openReader(sluice.url, door)
    upstream.next(SLOWLY)
    writer.send({ type: 'message', content: 'three' })
    await expect.poll(() => shownOf(frames()).at(-1)?.length).toBeGreaterThan(20)
    choose('one')
    await expect.poll(() => shownOf(frames())).toEqual(['one', 'first'])
    choose('two')
    await expect.poll(() => shownOf(frames()).slice(0, 3)).toEqual(['two', 'second', 'three'])
    await writer.answers(3)
    const whole = ['two', 'second', 'three', SLOWLY.parts[0]?.text]
    await expect.poll(() => shownOf(frames())).toEqual(whole)
    expect(shownOf(writer.frames)).toEqual(whole)
  })
})
