import { beforeAll, describe, expect, it } from 'vitest'
import { loadJudges, plain } from '#chat'
import { GatewayError, type LogEvent, type SentEvent } from '#model'
import { readPlain } from '../../tools/checkers/chat/index.ts'
import { answers, asks, OVERLOADED, SCRIPTS } from '../../tools/chat/scripted-events.ts'
import { framesOf, joinTokens, scriptedSession } from '../../tools/chat/scripted-session.ts'

beforeAll(loadJudges)

const SCRIPT_LIST = Object.entries(SCRIPTS)

/** What a client reads until it is closed. */
const read = (frames: ReturnType<typeof framesOf>) => {
  const reader = readPlain()
  for (const { text, close } of frames) {
    if (text !== '') reader.take(text)
    if (!close) continue
    reader.close(close.code, close.reason)
    break
  }
  const { entries, faults, reason } = reader.read()
  return { texts: entries.map(({ text }) => text), faults, reason }
}

const FAILURES: Readonly<Record<string, string>> = {
  failed: OVERLOADED.message,
  interrupted: 'The answer was interrupted. It can be continued.',
}

/** The texts of the answers, up to the first one that failed. */
const expected = (events: readonly LogEvent[], from = 0) => {
  const texts: string[] = []
  for (const event of events.slice(from)) {
    if (event.type !== 'run_end') continue
    const reason = FAILURES[event.status]
    if (reason === undefined || event.result !== '') texts.push(event.result)
    if (reason !== undefined) return { texts, reason }
  }
  return { texts, reason: undefined }
}

describe.each(SCRIPT_LIST)('with %s, plain text', (_, events) => {
  const session = scriptedSession(events)

  it('is the pieces of each answer and a mark, or a close with the reason', () => {
    expect(read(framesOf(plain, session.opened(0), session.after('1.0')))).toEqual({
      ...expected(events),
      faults: [],
    })
  })

  it('is the same if pieces were joined', () => {
    expect(read(framesOf(plain, session.opened(0), joinTokens(session.after('1.0'))))).toEqual({
      ...expected(events),
      faults: [],
    })
  })

  it('begins with the text so far for a connection in the middle of an answer', () => {
    for (let moment = 0; moment <= events.length; moment++) {
      const frames = framesOf(plain, session.opened(moment), session.after(`1.${moment}`))
      expect(read(frames)).toEqual({ ...expected(events, moment), faults: [] })
    }
  })

  it('goes on behind a snapshot without losing or repeating text', () => {
    if (events.some(({ type }) => type === 'history_cleared')) return
    for (let moment = 0; moment <= events.length; moment++)
      for (let later = moment; later <= events.length; later++) {
        const frames = framesOf(plain, session.opened(0), [
          ...session.after('1.0', moment),
          session.snapshot(later),
          ...session.after(`1.${later}`),
        ])
        const { texts, faults } = read(frames)
        expect(faults).toEqual([])
        expect(texts).toEqual(expected(events).texts)
      }
  })
})

describe('plain text', () => {
  const session = scriptedSession([asks('m1', 'Hello?'), ...answers({ id: 'run_1', to: 'm1' })])
  const open = () => plain.open(session.opened(0))

  it('cuts a piece that is just the mark of the end in two', () => {
    const token: LogEvent = {
      type: 'token',
      run_id: 'run_1',
      part: 0,
      token: '<END_STREAM>',
      token_count: 1,
      cost: null,
    }
    const connection = open()
    const send = (seq: number, event: LogEvent) =>
      connection.encode({ seq, epoch: 1, at: 0, event })
    // Of an answer beside its branch, its client has not seen the beginning.
    expect(send(1, token)).toEqual([])
    send(2, {
      type: 'run_start',
      run_id: 'run_1',
      message_id: 'msg_1',
      parent_id: null,
      model: 'm',
    })
    expect(send(3, token).map(({ text }) => text)).toEqual(['<', 'END_STREAM>'])
  })

  it('closes with 1011 and the reason of a failure, in what fits into a frame', () => {
    const long = `${'é'.repeat(100)}.`
    const [frame] = open().fail(new GatewayError('conflict', long))
    expect(frame?.text).toBe('')
    expect(frame?.close?.code).toBe(1011)
    expect(frame?.close?.reason).toBe('é'.repeat(61))
  })

  it('takes any text for a question, also JSON, and cancels its answer when the client leaves', () => {
    for (const text of ['Hello?', '{"type":"cancel"}', ' \n? ', '<END_STREAM>'])
      expect(open().decode(text)).toEqual({
        type: 'message',
        content: text,
        on_disconnect: 'cancel',
      })
  })

  it.each(['', ' \n'])('refuses the empty question %j', (text) => {
    expect(() => open().decode(text)).toThrow(expect.objectContaining({ param: 'content' }))
  })

  it('closes if text is taken back that was sent, and only then', () => {
    const rewind: SentEvent = { event: { type: 'rewind', to: '1.1' } }
    const before = framesOf(plain, session.opened(0), [...session.after('1.0', 4), rewind])
    expect(before).toEqual([])
    const after = framesOf(plain, session.opened(0), [...session.after('1.0', 5), rewind])
    expect(after.at(-1)?.close?.code).toBe(1011)
    const ended = framesOf(plain, session.opened(0), [...session.after('1.0'), rewind])
    expect(ended.at(-1)).toEqual({ text: '<END_STREAM>' })
  })
})
