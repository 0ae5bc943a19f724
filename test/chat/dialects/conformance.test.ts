/** What holds for every dialect, whatever happens in a session and to a connection. */
import { beforeAll, describe, expect, it } from 'vitest'
import { loadJudges } from '#chat'
import type { LogEvent, SentEvent, StampedEvent } from '#model'
import { JSON_DIALECTS, transcriptOf, visible } from '../../tools/chat/dialects-under-test.ts'
import { answerOf, COSTS, SCRIPTS } from '../../tools/chat/scripted-events.ts'
import { foldMessages, joinTokens, scriptedSession } from '../../tools/chat/scripted-session.ts'

beforeAll(loadJudges)

const SCRIPT_LIST = Object.entries(SCRIPTS)

/** Every number of events that a connection may have behind it. */
const moments = (events: readonly unknown[]): number[] => [...Array(events.length + 1).keys()]

describe.each(JSON_DIALECTS)('the dialect $dialect.name', (subject) => {
  const { dialect, createReader } = subject

  /** A client that keeps its transcript over many connections. */
  const openClient = () => {
    const reader = createReader()
    const connect = (
      ...[session, events]: [Parameters<typeof dialect.open>[0], readonly SentEvent[]]
    ) => {
      const connection = dialect.open(session)
      for (const { text } of connection.greet()) reader.take(text)
      for (const event of events) for (const { text } of connection.encode(event)) reader.take(text)
      return reader.read()
    }
    return { connect, read: reader.read, position: () => reader.read().position ?? '1.0' }
  }

  describe.each(SCRIPT_LIST)('with %s', (_, events) => {
    const session = scriptedSession(events)
    const whole = transcriptOf(session.log, subject)

    it('shows what the log has, at every moment', () => {
      for (const moment of moments(events)) {
        const { entries, faults } = openClient().connect(
          session.opened(0),
          session.after('1.0', moment),
        )
        expect(faults).toEqual([])
        expect(visible(entries)).toEqual(
          visible(transcriptOf(session.log.slice(0, moment), subject)),
        )
      }
    })

    it('shows the same if pieces of text were joined', () => {
      const { entries, faults } = openClient().connect(
        session.opened(0),
        joinTokens(session.after('1.0')),
      )
      expect(faults).toEqual([])
      expect(entries).toEqual(whole)
    })

    it('reads on after every event', () => {
      for (const moment of moments(events)) {
        const client = openClient()
        client.connect(session.opened(0), session.after('1.0', moment))
        const { entries, faults } = client.connect(
          session.opened(moment, true),
          session.after(client.position()),
        )
        expect(faults).toEqual([])
        expect(entries).toEqual(whole)
      }
    })

    it('has a new connection after every event show what was there, and what comes', () => {
      for (const moment of moments(events)) {
        const { entries, faults } = openClient().connect(
          session.opened(moment),
          session.after(`1.${moment}`),
        )
        const before = transcriptOf(session.log.slice(0, moment), subject)
        const ended = before.filter(({ status }) => status !== 'open')
        const isUnseen = (run: string | undefined) =>
          subject.answersOnly && ended.some((entry) => entry.run === run)
        expect(faults).toEqual([])
        expect(entries).toEqual(whole.filter(({ run }) => !isUnseen(run)))
      }
    })

    it('goes on after a snapshot in place of any events', () => {
      for (const moment of moments(events))
        for (const later of moments(events).slice(moment)) {
          const { entries, faults } = openClient().connect(session.opened(0), [
            ...session.after('1.0', moment),
            session.snapshot(later),
            ...session.after(`1.${later}`),
          ])
          expect(faults).toEqual([])
          expect(entries).toEqual(whole)
        }
    })

    it.each([
      ['one by one', (sent: readonly SentEvent[]) => sent],
      ['joined', joinTokens],
    ])('takes back text that the log has lost, sent %s', (_how, send) => {
      for (const moment of moments(events))
        for (const kept of lossesAt(events, moment)) {
          const client = openClient()
          client.connect(session.opened(0), send(session.after('1.0', moment)))
          const { position, log } = restarted(session.log, kept)
          const { entries, faults } = client.connect(session.opened(kept, true), [
            { event: { type: 'rewind', to: position } },
            ...log.slice(kept),
          ])
          expect(faults).toEqual([])
          expect(entries).toEqual(transcriptOf(log, subject))
        }
    })
  })
})

/** How many events may be left if the process dies at this moment: nothing but text is lost. */
const lossesAt = (events: readonly LogEvent[], moment: number): number[] => {
  const kept: number[] = []
  for (let left = moment; events[left - 1]?.type === 'token'; left--) kept.push(left - 1)
  return kept
}

/** The log of the next owner, who ends the run that was in progress. */
const restarted = (
  log: readonly StampedEvent[],
  kept: number,
): { readonly position: string; readonly log: readonly StampedEvent[] } => {
  const before = log.slice(0, kept)
  const { messages, activeRun: run_id = '' } = foldMessages(before)
  const end: LogEvent = {
    type: 'run_end',
    run_id,
    message_id: answerOf(run_id),
    status: 'interrupted',
    result: messages.find((message) => message.run_id === run_id)?.content ?? '',
    finish_reason: null,
    cost_summary: COSTS,
  }
  return {
    position: `1.${kept}`,
    log: [...before, { seq: kept + 1, epoch: 2, at: 0, event: end }],
  }
}
