/** A session over a WebSocket: what its clients are sent, and what they may ask. */
import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { HOLD } from '../../tools/chat/fake-chat.ts'
import { isType, openSession, tokensOf } from '../../tools/server/chat/session-client.ts'
import { bearer, startDoors } from '../../tools/server/chat/start-doors.ts'
import { isError, refusedClient } from '../../tools/server/websocket/open-client.ts'
import { eventually } from '../../tools/app/within.ts'

const HELLO = { type: 'message', content: 'one two three' }

describe('a new session', () => {
  it('is made by an id of the client, and its client is told so', async () => {
    const { url, chat } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    const first = await client.until('a greeting', isType('connected'))
    expect(first).toEqual({
      type: 'connected',
      session_id: 'mine',
      message: 'The session was made.',
      position: '1.0',
      head: null,
    })
    expect(client.frames).toHaveLength(1)
    expect(chat.only().joined).toBe(1)
  })

  it('is left when its client leaves', async () => {
    const { url, chat } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    client.socket.terminate()
    await eventually('it is left', () => chat.only().joined === 0)
  })

  it('that begins with ses_ is not made by a client', async () => {
    const { url } = await startDoors()
    const refused = await refusedClient(url, '/ws/session/ses_made_elsewhere')
    expect(refused).toMatchObject({ status: 404, json: { error: { code: 'not_found' } } })
  })
})

describe('a message', () => {
  it('is answered with the events of the log, with their stamps', async () => {
    const { url, chat } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    client.send(HELLO)
    await client.answers(1)
    const [, ...events] = client.frames
    expect(events.map(({ type }) => type)).toEqual([
      'user_message',
      'run_start',
      'part_start',
      'token',
      'token',
      'token',
      'run_end',
    ])
    events.forEach((event, at) =>
      expect(event).toMatchObject({
        seq: at + 1,
        epoch: 1,
        session_id: 'mine',
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      }),
    )
    expect(tokensOf(events)).toBe('one two three')
    expect(events.at(-1)).toMatchObject({ status: 'done', result: 'one two three' })
    expect(chat.only().commands[0]?.[1]).toMatchObject({ route: 'WS /ws/session/{id}' })
  })

  it.each([
    ['another name of its type', { type: 'chat', content: 'hi' }],
    ['another name of its content', { type: 'message', message: 'hi' }],
    ['nulls for what is absent', { type: 'message', content: 'hi', model: null, metadata: null }],
  ])('may have %s', async (_what, frame) => {
    const { url, chat } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    client.send(frame)
    await client.answers(1)
    expect(chat.only().commands[0]?.[0]).toEqual({ type: 'message', content: 'hi' })
  })

  it('reaches every connection of the session, in one order', async () => {
    const { url } = await startDoors()
    const clients = await Promise.all([1, 2, 3].map(() => openSession(url, '/ws/session/room')))
    clients[0]?.send(HELLO)
    for (const client of clients) await client.answers(1)
    clients[1]?.send({ type: 'message', content: 'öäü 😀' })
    for (const client of clients) await client.answers(2)
    const [first, ...others] = clients.map(({ frames }) => frames.slice(1))
    for (const other of others) expect(other).toEqual(first)
    expect(tokensOf(first ?? [])).toBe('one two threeöäü 😀')
  })

  it('that is sent again is not run again, and its events are sent again', async () => {
    const { url, chat } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    const message = { ...HELLO, client_message_id: 'c-1' }
    client.send(message)
    await client.answers(1)
    client.send(message)
    await client.answers(2)
    expect(chat.only().position.seq).toBe(7)
    const seqs = client.frames.slice(1).map(({ seq }) => seq)
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7])
  })

  it('that the chat refuses gets an error frame, and the connection stays', async () => {
    const { url, chat } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    client.send({ type: 'message', content: HOLD })
    await client.until('a start', isType('run_start'))
    client.send(HELLO)
    expect(await client.until('a refusal', isError)).toEqual({
      type: 'error',
      error: {
        message: 'A run is in progress.',
        type: 'invalid_request_error',
        code: 'session_busy',
        param: null,
      },
    })
    client.send({ type: 'cancel' })
    expect(await client.until('the end', isType('run_end'))).toMatchObject({ status: 'cancelled' })
    expect(chat.only().commands).toHaveLength(3)
  })

  it('that fails for a reason of our own is logged, and the reason is not sent', async () => {
    const { url, chat, rawLog } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    chat.failNext(new Error('the disk is on fire'))
    client.send(HELLO)
    const refused = await client.until('a refusal', isError)
    expect(refused.error).toMatchObject({ code: 'internal', type: 'api_error' })
    expect(JSON.stringify(refused)).not.toContain('fire')
    expect(rawLog()).toContain('the disk is on fire')
  })

  it('is given in the order of the frames', async () => {
    const { url, chat } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    for (let at = 0; at < 100; at++) client.send({ type: 'message', content: `word${at}` })
    await client.answers(100)
    expect(
      chat.only().commands.map(([command]) => 'content' in command && command.content),
    ).toEqual(Array.from({ length: 100 }, (_, at) => `word${at}`))
  })
})

describe('a position', () => {
  const ask = async () => {
    const doors = await startDoors()
    const client = await openSession(doors.url, '/ws/session/mine')
    client.send(HELLO)
    await client.answers(1)
    client.socket.close()
    return { ...doors, frames: client.frames.slice(1) }
  }

  it('is where a client reads on, at every event', async () => {
    const { url, frames } = await ask()
    for (let seq = 0; seq <= frames.length; seq++) {
      const client = await openSession(url, `/ws/session/mine?position=1.${seq}`)
      await client.until('a greeting', isType('connected'))
      if (seq < frames.length) await client.answers(1)
      expect(client.frames.slice(1)).toEqual(frames.slice(seq))
      client.socket.close()
    }
  })

  it('is that of the history for a client that has none', async () => {
    const { url } = await ask()
    const client = await openSession(url, '/ws/session/mine')
    const history = await client.until('a history', isType('history'))
    expect(history).toMatchObject({
      position: '1.7',
      messages: [
        { role: 'user', content: 'one two three' },
        { role: 'assistant', content: 'one two three' },
      ],
    })
    client.send({ type: 'message', content: 'four' })
    await client.answers(1)
    expect(client.frames.slice(2).map(({ seq }) => seq)).toEqual([8, 9, 10, 11, 12])
  })

  it('may be asked for again', async () => {
    const { url, frames } = await ask()
    const client = await openSession(url, '/ws/session/mine?position=1.7')
    client.send({ type: 'resume', position: '1.3' })
    await client.answers(1)
    expect(client.frames.slice(1)).toEqual(frames.slice(3))
  })

  it('from the future is taken back', async () => {
    const { url } = await ask()
    const client = await openSession(url, '/ws/session/mine?position=9.900')
    expect(await client.until('a rewind', isType('rewind'))).toEqual({ type: 'rewind', to: '1.7' })
    client.send({ type: 'message', content: 'four' })
    await client.answers(1)
    expect(tokensOf(client.frames)).toBe('four')
  })

  it('behind what is kept gets a snapshot, and what comes after it', async () => {
    const { url, chat } = await ask()
    chat.only().forget()
    const client = await openSession(url, '/ws/session/mine?position=0.0')
    const snapshot = await client.until('a snapshot', isType('snapshot'))
    expect(snapshot).toMatchObject({ position: '1.7', messages: [{ role: 'user' }, {}] })
    client.send({ type: 'message', content: 'four' })
    await client.answers(1)
    expect(client.frames.at(-1)).toMatchObject({ type: 'run_end', seq: 12 })
  })

  it('of a log that has lost its end is taken back while the client reads', async () => {
    const { url, chat } = await ask()
    const client = await openSession(url, '/ws/session/mine?position=1.7')
    await client.until('a greeting', isType('connected'))
    await eventually('it reads', () => chat.only().joined === 1)
    client.send({ type: 'ping' })
    await client.until('a pong', isType('pong'))
    chat.only().takeOver(2)
    expect(await client.until('a rewind', isType('rewind'))).toEqual({ type: 'rewind', to: '2.5' })
  })

  it.each(['', 'x', '1', '1.', '-1.0', '1.2.3', '1.9999999999999999', '1.0%00'])(
    'that cannot be read is refused: "%s"',
    async (position) => {
      const { url } = await startDoors()
      const path = `/ws/session/mine?position=${position}`
      expect(await refusedClient(url, path)).toMatchObject({
        status: 400,
        json: { error: { code: 'invalid_position', param: 'position' } },
      })
      const client = await openSession(url, '/ws/session/mine')
      client.send({ type: 'resume', position: decodeURIComponent(position) })
      expect((await client.until('a refusal', isError)).error).toMatchObject({
        code: 'invalid_position',
        param: 'position',
      })
    },
  )
})

describe('a connection', () => {
  it('is told that there is nothing to cancel, which is no failure', async () => {
    const { url } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    client.send({ type: 'cancel' })
    client.send({ type: 'cancel', run_id: 'run_gone' })
    client.send({ type: 'ping' })
    await client.until('both answers', ({ run_id: run }) => run === 'run_gone')
    expect(client.frames.filter(({ type }) => type !== 'connected' && type !== 'pong')).toEqual([
      { type: 'nothing_to_cancel' },
      { type: 'nothing_to_cancel', run_id: 'run_gone' },
    ])
  })

  it('answers a ping', async () => {
    const { url } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    client.send({ type: 'ping' })
    expect(await client.until('a pong', isType('pong'))).toEqual({ type: 'pong' })
  })

  it('ends with 4404 if its session is deleted', async () => {
    const { url, send } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    client.send(HELLO)
    await client.answers(1)
    expect((await send('/api/sessions/mine', { method: 'DELETE' })).status).toBe(204)
    expect(await client.ended).toEqual({ code: 4404, reason: '1.7' })
    expect(client.frames.at(-1)).toMatchObject({ type: 'error', error: { code: 'not_found' } })
  })

  it('ends with 1012 if another process reads the session on', async () => {
    const { url, chat } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    client.send(HELLO)
    await client.answers(1)
    chat.only().sendAway(new GatewayError('conflict', 'Taken over.'))
    expect(await client.ended).toEqual({ code: 1012, reason: '1.7' })
    expect(client.frames.at(-1)).toMatchObject({ type: 'going_away', position: '1.7' })
  })

  it('ends with 1012 and the reason if it cannot be read at the moment', async () => {
    const { url, chat } = await startDoors()
    const client = await openSession(url, '/ws/session/mine')
    client.send(HELLO)
    await client.answers(1)
    chat.only().sendAway(new GatewayError('store_unavailable', 'Not now.'))
    expect(await client.ended).toEqual({ code: 1012, reason: '1.7' })
    expect(client.frames.at(-1)).toMatchObject({ error: { code: 'store_unavailable' } })
  })

  it('holds no memory and no place when it has ended', async () => {
    const { url, memory, chat } = await startDoors({ keys: ['key'] })
    for (let round = 0; round < 3; round++) {
      const clients = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          openSession(url, `/ws/session/s${at}`, { headers: bearer('key') }),
        ),
      )
      expect(memory.heldBytes).toBeGreaterThanOrEqual(20 * 16 * 1024)
      for (const client of clients) client.socket.terminate()
      await eventually('all is released', () => memory.heldBytes === 0)
      await eventually('all is left', () =>
        [...chat.sessions.values()].every(({ joined }) => joined === 0),
      )
    }
  })
})
