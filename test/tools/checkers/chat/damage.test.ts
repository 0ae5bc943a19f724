/** Damage to what a door sent never goes unseen. */
import { beforeAll, describe, expect, it } from 'vitest'
import { loadJudges, plain } from '#chat'
import { JSON_DIALECTS } from '../../chat/dialects-under-test.ts'
import { SCRIPTS } from '../../chat/scripted-events.ts'
import { framesOf, scriptedSession } from '../../chat/scripted-session.ts'
import { type Entry, readPlain } from './index.ts'

beforeAll(loadJudges)

type Damage = (frames: readonly string[], place: number) => readonly string[]

const DAMAGE: readonly (readonly [string, Damage])[] = [
  ['lost', (frames, place) => frames.toSpliced(place, 1)],
  ['doubled', (frames, place) => frames.toSpliced(place, 0, frames[place] ?? '')],
  [
    'sent late',
    (frames, place) => frames.toSpliced(place, 2, frames[place + 1] ?? '', frames[place] ?? ''),
  ],
  ['sent again later', (frames, place) => frames.toSpliced(place + 2, 0, frames[place] ?? '')],
]

interface Reader {
  take(text: string): void
  read(): { readonly entries: readonly Entry[]; readonly faults: readonly string[] }
}

const read = (reader: Reader, frames: readonly string[]) => {
  for (const frame of frames) reader.take(frame)
  const { entries, faults } = reader.read()
  return { entries, faults }
}

/** In these, nothing is without consequence. */
const DAMAGED = [
  'two runs',
  'a run that is cancelled in the middle',
  'a run that fails in the middle',
]

/** They tell of no text. */
const ASIDE = /"type":"(?:connected|llm_end|part_start)"/

describe.each(DAMAGE)('a frame that is %s', (_, damage) => {
  it.each(JSON_DIALECTS)('is seen in the dialect $dialect.name', ({ dialect, createReader }) => {
    for (const name of DAMAGED) {
      const events = SCRIPTS[name] ?? []
      const session = scriptedSession(events)
      const sent = framesOf(dialect, session.opened(0), session.after('1.0'))
      const frames = sent.map(({ text }) => text)
      const legal = read(createReader(), frames)
      for (const place of frames.keys()) {
        const damaged = damage(frames, place)
        if (ASIDE.test(frames[place] ?? '') || damaged.join() === frames.join()) continue
        if (ASIDE.test(frames[place + 1] ?? '')) continue
        expect(read(createReader(), damaged), frames[place]).not.toEqual(legal)
      }
    }
  })
})

describe('plain text', () => {
  it('shows a piece that is lost, and a mark that is doubled', () => {
    const session = scriptedSession(SCRIPTS['two runs'] ?? [])
    const frames = framesOf(plain, session.opened(0), session.after('1.0')).map(({ text }) => text)
    const legal = read(readPlain(), frames)
    for (const place of frames.keys()) {
      expect(read(readPlain(), frames.toSpliced(place, 1))).not.toEqual(legal)
      expect(read(readPlain(), frames.toSpliced(place, 0, frames[place] ?? ''))).not.toEqual(legal)
    }
  })
})
