import { beforeAll, describe, expect, it } from 'vitest'
import { chatStream, loadJudges, readStreamPlace, writeStreamPlace } from '#chat'
import type { LogEvent, SentEvent } from '#model'
import { writePosition } from '#runs'
import { readChatWs } from '../../tools/checkers/chat/index.ts'
import { transcriptOf } from '../../tools/chat/dialects-under-test.ts'
import { answers, asks, SCRIPTS } from '../../tools/chat/scripted-events.ts'
import { framesOf, scriptedSession } from '../../tools/chat/scripted-session.ts'

beforeAll(loadJudges)

interface Started {
  readonly name: string
  readonly events: readonly LogEvent[]
  readonly run: string
  readonly message: string
  /** How many events there were when the message was sent. */
  readonly behind: number
}

/** Every run of every script, by the message that it answers. The first of two is the one that was asked for. */
const STARTED: readonly Started[] = Object.entries(SCRIPTS).flatMap(([name, events]) => {
  const seen = new Set<string>()
  return events.flatMap((event) => {
    if (event.type !== 'run_start' || event.parent_id === null || seen.has(event.parent_id))
      return []
    seen.add(event.parent_id)
    const isOf = (each: LogEvent): boolean =>
      'message_id' in each && each.message_id === event.parent_id
    const behind = events.findIndex(isOf)
    return [{ name, events, run: event.run_id, message: event.parent_id, behind }]
  })
})

const fold = (frames: ReturnType<typeof framesOf>) => {
  const reader = readChatWs()
  for (const { text } of frames) reader.take(text)
  return reader.read()
}

describe.each(STARTED)('with $name, the stream of $run', ({ events, run, message, behind }) => {
  const session = scriptedSession(events)
  const answer = transcriptOf(session.log, { answersOnly: true }).filter(
    (entry) => entry.run === run,
  )
  // An answer that was cleared has been streamed before.
  const entries = answer.length > 0 ? answer : undefined
  const read = (about: string) =>
    framesOf(chatStream(about), session.opened(behind), session.after(`1.${behind}`))

  it.each([
    ['its message', message],
    ['its id', run],
  ])('has that run alone, known by %s, and ends behind it', (_, about) => {
    const frames = read(about)
    const folded = fold(frames)
    expect(folded.faults).toEqual([])
    if (entries) expect(folded.entries).toEqual(entries)
    expect(folded.entries.map((entry) => entry.run)).toEqual([run])
    expect(frames.map(({ close }) => close !== undefined)).toEqual([
      ...Array<boolean>(frames.length - 1).fill(false),
      true,
    ])
    expect(frames.every(({ name }) => name === undefined)).toBe(true)
  })

  it('reads on behind every id, without starting again', () => {
    const frames = read(message)
    for (const [place, { id = '' }] of frames.entries()) {
      const from = readStreamPlace(id)
      if (!from) throw new Error(`${id} cannot be read`)
      expect(from.sessionId).toBe('room-1')
      const { seq } = from.position
      const rest = framesOf(
        chatStream(from.about),
        session.opened(seq, true),
        session.after(writePosition(from.position)),
      )
      expect([...frames.slice(0, place + 1), ...rest]).toEqual(frames)
    }
  })

  it('ends behind a snapshot that has the complete answer', () => {
    if (!entries) return
    const frames = framesOf(chatStream(message), session.opened(behind), [
      ...session.after(`1.${behind}`, behind + 1),
      session.snapshot(events.length),
    ])
    expect(frames.at(-1)?.close).toBeDefined()
    expect(JSON.parse(frames.at(-1)?.text ?? '')).toMatchObject({
      run_id: run,
      result: entries[0]?.text,
    })
  })

  it('goes on behind a snapshot in the middle of the answer', () => {
    if (!entries) return
    const end = events.findIndex((event) => event.type === 'run_end' && event.run_id === run)
    for (let moment = behind + 1; moment <= end; moment++) {
      const frames = framesOf(chatStream(message), session.opened(behind), [
        session.snapshot(moment),
        ...session.after(`1.${moment}`),
      ])
      expect(frames.filter(({ close }) => close)).toHaveLength(1)
      expect(fold(frames).entries.find((entry) => entry.run === run)).toEqual(entries[0])
    }
  })
})

describe('a stream', () => {
  it.each<LogEvent>([{ type: 'dequeued', message_id: 'm2' }, { type: 'history_cleared' }])(
    'ends as cancelled if its message waits and is removed: $type',
    (removed) => {
      const session = scriptedSession([
        asks('m1', 'Hello?'),
        ...answers({ id: 'run_1', to: 'm1' }),
        removed,
      ])
      const frames = framesOf(chatStream('m2'), session.opened(0), session.after('1.0'))
      expect(frames).toHaveLength(2)
      expect(frames[1]?.close).toBeDefined()
      expect(JSON.parse(frames[1]?.text ?? '')).toMatchObject({ type: 'cancelled' })
    },
  )

  it('tells a rewind and goes on', () => {
    const session = scriptedSession([asks('m1', 'Hello?'), ...answers({ id: 'run_1', to: 'm1' })])
    const rewind: SentEvent = { event: { type: 'rewind', to: '1.2' } }
    const [first] = framesOf(chatStream('run_1'), session.opened(5, true), [rewind])
    expect(JSON.parse(first?.text ?? '')).toEqual({ type: 'rewind', to: '1.2' })
    expect(readStreamPlace(first?.id ?? '')?.position).toEqual({ epoch: 1, seq: 2 })
  })
})

describe('the id of an event', () => {
  const place = { sessionId: 'a.b:c-d_e', about: 'run_1', position: { epoch: 3, seq: 14 } }

  it('is read as it was written', () => {
    expect(readStreamPlace(writeStreamPlace(place))).toEqual(place)
  })

  it.each([
    '',
    'x',
    '1.2',
    '~~',
    'a~b',
    'a~b~',
    'a~b~c',
    'a~b~1.2~d',
    '~b~1.2',
    'a~~1.2',
    'a~b~-1.2',
  ])('is refused if it was not given here: %j', (text) => {
    expect(readStreamPlace(text)).toBeUndefined()
  })
})
