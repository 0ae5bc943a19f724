/** Each door in JSON, from its socket to the upstream. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { GPT } from '../../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../../tools/app/house.ts'
import { eventually, within } from '../../../tools/app/within.ts'
import { createMember, JSON_DOORS, openDoor } from '../../../tools/server/chat/door-client.ts'
import { refusedClient } from '../../../tools/server/websocket/open-client.ts'

const WORDS = 'one two three four five six seven eight nine ten'
const ANSWER = { parts: [{ text: WORDS }], pieces: 10 }
const HALFWAY = { ...ANSWER, fault: { stallAfterEvents: 7 } } as const
const SLOWLY = { parts: [{ text: WORDS.repeat(4) }], pieces: 40, paceMs: 5 }
const FAILURE = { fault: { status: 400, body: { error: { message: 'No.', type: 'x' } } } } as const

const ask = (content: string, more: object = {}) => ({
  type: 'message',
  content,
  model: GPT,
  on_disconnect: 'continue',
  ...more,
})

describe.each(JSON_DOORS)('$name', (door) => {
  it('answers a question, and the next one', async () => {
    const { upstream, sluice } = await startHouse()
    const member = createMember(sluice.url, door, 'kitchen')
    const client = await member.connect()
    for (const count of [1, 2]) {
      upstream.next(ANSWER)
      client.send(ask(`Question ${count}`))
      await client.until('the answer', member.hasEnded(count))
    }
    const { entries, faults } = member.read()
    expect(faults).toEqual([])
    expect(member.answers()).toMatchObject([
      { text: WORDS, status: 'done' },
      { text: WORDS, status: 'done' },
    ])
    expect(entries).toHaveLength(door.showsQuestions ? 4 : 2)
    client.cut()
  })

  it('shows a second tab the same, also if it opens in the middle of the answer', async () => {
    const { upstream, sluice } = await startHouse()
    const [first, second, third] = ['a', 'b', 'c'].map(() =>
      createMember(sluice.url, door, 'kitchen'),
    )
    if (!first || !second || !third) throw new Error('there are three')
    const [one, two] = [await first.connect(), await second.connect()]
    upstream.next(SLOWLY)
    one.send(ask('Hello?'))
    await one.until('its beginning', () => (first.answers().at(-1)?.text.length ?? 0) > 20)
    const three = await third.connect()
    for (const [client, member] of [
      [one, first],
      [two, second],
      [three, third],
    ] as const) {
      await client.until('the answer', member.hasEnded(1))
      expect(member.read().faults).toEqual([])
      expect(member.read().entries).toEqual(first.read().entries)
      client.cut()
    }
    expect(first.answers()).toMatchObject([{ text: WORDS.repeat(4), status: 'done' }])
  })

  it.each(['this tab', 'another tab', 'another door', 'the list of sessions'])(
    'stops an answer from %s, and keeps what came of it',
    async (from) => {
      const { upstream, sluice } = await startHouse()
      const member = createMember(sluice.url, door, 'kitchen')
      const client = await member.connect()
      upstream.next(HALFWAY)
      client.send(ask('Hello?'))
      await client.until('its beginning', () => (member.answers().at(-1)?.text ?? '') !== '')
      if (from === 'this tab') client.send({ type: 'cancel' })
      else if (from === 'the list of sessions')
        await sluice.send('/api/sessions/kitchen/cancel', { body: {} })
      else {
        const path = from === 'another tab' ? door.toPath('kitchen') : '/ws/session/kitchen'
        const other = await openDoor(sluice.url, path)
        other.send({ type: 'cancel' })
        await client.until('the end', member.hasEnded(1))
        other.cut()
      }
      await client.until('the end', member.hasEnded(1))
      const [answer] = member.answers()
      expect(answer?.status).toBe('cancelled')
      expect(answer?.text).not.toBe('')
      expect(WORDS.startsWith(answer?.text ?? '?')).toBe(true)
      expect(member.read().faults).toEqual([])
      const [call] = callsOf(upstream)
      await within(30_000, 'the upstream is left', call!.closed)
      expect(call!.closedEarly).toBe(true)
      upstream.next(ANSWER)
      client.send(ask('And now?'))
      await client.until('the next answer', member.hasEnded(2))
      client.cut()
    },
  )

  it('stops an answer before its first piece', async () => {
    const { upstream, sluice } = await startHouse()
    const member = createMember(sluice.url, door, 'kitchen')
    const client = await member.connect()
    upstream.next({ fault: { neverAnswer: true } })
    client.send(ask('Hello?'))
    client.send({ type: 'cancel' })
    await client.until('the end', member.hasEnded(1))
    expect(member.answers()).toMatchObject([{ text: '', status: 'cancelled' }])
    client.send({ type: 'cancel' })
    client.send({ type: 'ping' })
    await client.until('the pong', () => client.texts.at(-1) === '{"type":"pong"}')
    await client.until('the answer', () =>
      client.texts.some((frame) => frame.includes('nothing_to_cancel')),
    )
    expect(client.texts.filter((frame) => frame.includes('nothing_to_cancel'))).toEqual([
      '{"type":"nothing_to_cancel"}',
    ])
    expect(member.read().faults).toEqual([])
    client.cut()
  })

  it('stops an answer at any moment, and answers the next question', async () => {
    const { upstream, sluice } = await startHouse({ upstream: { reply: () => SLOWLY } })
    const member = createMember(sluice.url, door, 'kitchen')
    const client = await member.connect()
    for (let count = 1; count <= 20; count++) {
      client.send(ask(`Question ${count}`))
      await sleep((count * 13) % 90)
      client.send({ type: 'cancel' })
      await client.until('the end', member.hasEnded(count))
    }
    client.send(ask('The last one.'))
    await client.until('the answer', member.hasEnded(21))
    expect(member.read().faults).toEqual([])
    for (const { text, status } of member.answers().slice(0, 20)) {
      expect(status).toBe('cancelled')
      expect(WORDS.repeat(4).startsWith(text)).toBe(true)
    }
    expect(member.answers().at(-1)).toMatchObject({ text: WORDS.repeat(4), status: 'done' })
    await eventually('no upstream is left', () => upstream.openSockets() <= 1)
    client.cut()
  })

  it('reads on after cuts at any place, without losing or repeating text', async () => {
    const { upstream, sluice } = await startHouse()
    const member = createMember(sluice.url, door, 'kitchen')
    upstream.next(SLOWLY)
    let client = await member.connect()
    client.send(ask('Hello?'))
    for (let cut = 0; cut < 10 && !member.hasEnded(1)(); cut++) {
      const many = client.texts.length + 1 + ((cut * 7) % 5)
      await client.until('some frames', () => client.texts.length >= many || member.hasEnded(1)())
      client.cut()
      client = await member.connect(member.read().position ?? '0.0')
    }
    await client.until('the answer', member.hasEnded(1))
    expect(member.read().faults).toEqual([])
    expect(member.answers()).toMatchObject([{ text: WORDS.repeat(4), status: 'done' }])
    expect(callsOf(upstream)).toHaveLength(1)
    client.cut()
  })

  it('sends an open connection the events after a position again', async () => {
    const { sluice } = await startHouse()
    const member = createMember(sluice.url, door, 'kitchen')
    const client = await member.connect()
    client.send(ask('Hello?'))
    await client.until('the answer', member.hasEnded(1))
    const again = createMember(sluice.url, door, 'kitchen')
    const other = await again.connect()
    other.send({ type: 'resume', position: '0.0' })
    const { position } = member.read()
    await other.until('the same end', () => again.read().position === position)
    client.cut()
    other.cut()
  })

  it('runs a message that comes twice once', async () => {
    const { upstream, sluice } = await startHouse()
    const question = ask('Hello?', { client_message_id: 'c-1' })
    for (const _ of [1, 2]) {
      const member = createMember(sluice.url, door, 'kitchen')
      const client = await member.connect('0.0')
      client.send(question)
      await client.until('the answer', member.hasEnded(1))
      client.cut()
    }
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it.skipIf(door.hasBranches === true)(
    'shows the branch of an answer that is made anew, of an edited question and of a choice',
    async () => {
      const { upstream, sluice } = await startHouse({ defaultModel: GPT })
      const member = createMember(sluice.url, door, 'kitchen')
      const other = createMember(sluice.url, door, 'kitchen')
      const [client, watching] = [await member.connect(), await other.connect()]
      upstream.next(ANSWER, { parts: [{ text: 'Another.' }] }, { parts: [{ text: 'Edited.' }] })
      const shows = async (text: string): Promise<void> => {
        for (const [each, on] of [
          [member, client],
          [other, watching],
        ] as const) {
          const isShown = () => {
            const answers = each.answers()
            return answers.length === 1 && answers[0]?.text === text && each.hasEnded(1)()
          }
          await on.until(text, isShown)
          expect(each.read().faults).toEqual([])
        }
      }
      client.send(ask('Hello?'))
      await shows(WORDS)
      const { json } = await sluice.send('/api/sessions/kitchen/messages')
      const [question, answer] = json.messages as { message_id: string }[]
      client.send({ type: 'regenerate', message_id: answer?.message_id })
      await shows('Another.')
      client.send({ type: 'edit', message_id: question?.message_id, content: 'Hi?' })
      await shows('Edited.')
      client.send({ type: 'choose', message_id: answer?.message_id })
      await shows(WORDS)
      expect(member.read().entries).toEqual(other.read().entries)
      for (const each of [client, watching]) each.cut()
    },
  )

  it('tells that an answer failed, and goes on', async () => {
    const { upstream, sluice } = await startHouse()
    const member = createMember(sluice.url, door, 'kitchen')
    const client = await member.connect()
    upstream.next(FAILURE)
    client.send(ask('Hello?'))
    await client.until('the end', member.hasEnded(1))
    expect(member.answers()).toMatchObject([{ status: 'failed' }])
    upstream.next(ANSWER)
    client.send(ask('Again?'))
    await client.until('the answer', member.hasEnded(2))
    expect(member.answers()).toMatchObject([{ status: 'failed' }, { text: WORDS, status: 'done' }])
    expect(member.read().faults).toEqual([])
    client.cut()
  })

  it('says what is wrong with a frame, and stays open until the third in a row', async () => {
    const { sluice } = await startHouse()
    const member = createMember(sluice.url, door, 'kitchen')
    const client = await member.connect()
    const bad = ['Hello', '{"type":"sing"}', '{"type":"message","content":7}', '[]']
    const errors = () => client.texts.filter((text) => text.includes('"type":"error"'))
    for (const [place, frame] of bad.entries()) {
      client.send(frame)
      client.send({ type: 'ping' })
      await client.until('an error', () => errors().length === place + 1)
    }
    expect(errors()[2]).toContain('content')
    for (const frame of bad.slice(0, 3)) client.send(frame)
    expect(await client.closed).toMatchObject({ code: 4400 })
    expect(member.read().faults).toEqual([])
  })

  it('refuses what cannot be a session or a position before it opens', async () => {
    const { sluice } = await startHouse()
    const refused = async (path: string) => (await refusedClient(sluice.url, path)).status
    expect(await refused(door.toPath('ses_0000000000000000000000'))).toBe(404)
    expect(await refused(door.toPath('__proto__'))).toBe(400)
    expect(await refused(door.toPath('a%00b'))).toBe(400)
    expect(await refused(door.toPath('a'.repeat(10_000)))).toBe(400)
    const path = door.toPath('kitchen')
    const at = (position: string) => `${path}${path.includes('?') ? '&' : '?'}position=${position}`
    expect(await refused(at('yesterday'))).toBe(400)
  })

  it('takes back what a client from the future has', async () => {
    const { sluice } = await startHouse()
    const member = createMember(sluice.url, door, 'kitchen')
    const client = await member.connect('7.4711')
    await client.until('a rewind', () => client.texts.some((text) => text.includes('"rewind"')))
    client.send(ask('Hello?'))
    await client.until('the answer', member.hasEnded(1))
    client.cut()
  })

  it('gives a reader that sleeps all of a long answer when it wakes', async () => {
    const { upstream, sluice } = await startHouse()
    const member = createMember(sluice.url, door, 'kitchen')
    const client = await member.connect()
    const long = 'All work and no play makes a long answer. '.repeat(4_000)
    upstream.next({ parts: [{ text: long }], pieces: 900 })
    client.socket.pause()
    client.send(ask('Hello?'))
    await eventually('the run has ended', () => callsOf(upstream)[0]?.closedEarly === false)
    await within(30_000, 'the upstream has ended', callsOf(upstream)[0]!.closed)
    client.socket.resume()
    await client.until('the answer', member.hasEnded(1))
    expect(member.answers()).toMatchObject([{ text: long, status: 'done' }])
    expect(member.read().faults).toEqual([])
    client.cut()
  })
})

describe('one session at all doors', () => {
  it('shows the same answers everywhere, whoever asked', async () => {
    const { upstream, sluice } = await startHouse()
    const members = JSON_DOORS.map((door) => createMember(sluice.url, door, 'kitchen'))
    const clients = await Promise.all(members.map((member) => member.connect()))
    for (const [place, client] of clients.entries()) {
      upstream.next({ parts: [{ text: `Answer ${place}` }] })
      client.send(ask(`Question ${place}`))
      await Promise.all(
        clients.map((each, at) => each.until('the answer', members[at]!.hasEnded(place + 1))),
      )
    }
    for (const member of members) {
      expect(member.read().faults).toEqual([])
      expect(member.answers().map(({ text }) => text)).toEqual([
        'Answer 0',
        'Answer 1',
        'Answer 2',
        'Answer 3',
      ])
      expect(member.read().position).toBe(members[0]?.read().position)
    }
    for (const client of clients) client.cut()
  })
})

describe('/chat/ws', () => {
  it('makes a session where none is named, and tells its id', async () => {
    const { sluice } = await startHouse()
    const client = await openDoor(sluice.url, '/chat/ws')
    await client.until('the greeting', () => client.texts.length > 0)
    expect(JSON.parse(client.texts[0] ?? '')).toMatchObject({
      type: 'connected',
      session_id: expect.stringMatching(/^ses_\w{22}$/),
    })
    client.cut()
  })
})

describe('/ws/chat/{session_id}', () => {
  it('sends its history to who comes later, and clears it for everybody', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next(ANSWER)
    const first = await openDoor(sluice.url, '/ws/chat/den')
    first.send(ask('Hello?'))
    await first.until('the answer', () => first.texts.some((text) => text.includes('stream_end')))
    const later = await openDoor(sluice.url, '/ws/chat/den')
    await later.until('the history', () => later.texts.length > 0)
    expect(JSON.parse(later.texts[0] ?? '')).toMatchObject({
      type: 'history',
      messages: [
        { role: 'user', content: 'Hello?' },
        { role: 'assistant', content: WORDS },
      ],
    })
    later.send({ type: 'clear_history' })
    const isCleared = (text: string | undefined) => text?.includes('"history_cleared"') === true
    await first.until('the clearing', () => isCleared(first.texts.at(-1)))
    await later.until('the clearing', () => isCleared(later.texts.at(-1)))
    const last = await openDoor(sluice.url, '/ws/chat/den')
    last.send({ type: 'ping' })
    await last.until('the pong', () => last.texts.length > 0)
    expect(last.texts).toEqual(['{"type":"pong"}'])
    for (const client of [first, later, last]) client.cut()
  })
})

describe('/ws/{client_id}', () => {
  it('cancels an answer when its client leaves', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next(HALFWAY)
    const client = await openDoor(sluice.url, '/ws/client-7')
    client.send({ type: 'chat', content: 'Hello?', model: GPT })
    await client.until('its beginning', () => client.texts.length > 1)
    client.cut()
    await eventually('the upstream is asked', () => callsOf(upstream).length === 1)
    await within(30_000, 'the upstream is left', callsOf(upstream)[0]!.closed)
    expect(callsOf(upstream)[0]!.closedEarly).toBe(true)
  })
})
