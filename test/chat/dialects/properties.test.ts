/** Random sessions over random connections: every dialect ends with the transcript of the log. */
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadJudges } from '#chat'
import type { LogEvent, RunEnd, SentEvent } from '#model'
import { JSON_DIALECTS, transcriptOf } from '../../tools/chat/dialects-under-test.ts'
import { answers, asks, type ScriptedRun } from '../../tools/chat/scripted-events.ts'
import { joinTokens, scriptedSession } from '../../tools/chat/scripted-session.ts'

beforeAll(loadJudges)

type Exchange = Pick<ScriptedRun, 'tokens' | 'reasoning' | 'until'> & {
  readonly end: RunEnd
  readonly clears: boolean
}

const exchange: fc.Arbitrary<Exchange> = fc.record({
  tokens: fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), { maxLength: 8 }),
  reasoning: fc.array(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 3 }),
  until: fc.constantFrom('started', 'asked', 'answering', 'answered'),
  end: fc.constantFrom('done', 'cancelled', 'interrupted', 'failed'),
  clears: fc.boolean(),
})

const toEvents = (exchanges: readonly Exchange[]): LogEvent[] =>
  exchanges.flatMap(({ end, clears, ...run }, place) => [
    asks(`m${place}`, `Question ${place}`),
    ...answers({ ...run, id: `run_${place}`, to: `m${place}`, status: end }),
    ...(clears ? [{ type: 'history_cleared' } as const] : []),
  ])

/** What happens to a connection after some more events. */
const happening = fc.record({
  events: fc.nat(12),
  what: fc.constantFrom('drop', 'resume', 'snapshot', 'slow'),
})

describe.each(JSON_DIALECTS)('the dialect $dialect.name', (subject) => {
  const { dialect, createReader } = subject

  it('ends with the transcript of the log', () => {
    fc.assert(
      fc.property(
        fc.array(exchange, { minLength: 1, maxLength: 4 }),
        fc.array(happening, { maxLength: 12 }),
        (exchanges, happenings) => {
          const session = scriptedSession(toEvents(exchanges))
          const reader = createReader()
          const read = () => reader.read().position ?? '1.0'
          let connection = dialect.open(session.opened(0))
          let sent = 0
          const take = (events: readonly SentEvent[]): void => {
            for (const event of events)
              for (const { text } of connection.encode(event)) reader.take(text)
          }
          for (const { text } of connection.greet()) reader.take(text)
          for (const { events, what } of happenings) {
            const upTo = Math.min(sent + events, session.log.length)
            const due = session.log.slice(sent, upTo)
            take(what === 'slow' ? joinTokens(due) : due)
            sent = upTo
            if (what === 'snapshot') take([session.snapshot(sent)])
            if (what === 'drop' || what === 'resume') sent = Number(read().split('.')[1])
            if (what !== 'drop') continue
            connection = dialect.open(session.opened(sent, true))
            for (const { text } of connection.greet()) reader.take(text)
          }
          take(session.log.slice(sent))
          const { entries, faults } = reader.read()
          expect(faults).toEqual([])
          expect(entries).toEqual(transcriptOf(session.log, subject))
        },
      ),
      { numRuns: 400 },
    )
  })
})
