/** The deadlines of a provider, from the file. */
import type { Deadlines } from '#providers'
import type { FileSettings } from '../schema/index.ts'
import { withoutUndefined } from '../without-undefined.ts'

type Timeouts = NonNullable<NonNullable<FileSettings['providers']>[string]['timeouts']>

export const toDeadlines = (timeouts: Timeouts): Partial<Deadlines> =>
  withoutUndefined({
    connectMs: timeouts.connect_ms,
    firstEventMs: timeouts.first_event_ms,
    firstByteMs: timeouts.first_byte_ms,
    idleMs: timeouts.idle_ms,
    pace: timeouts.min_pace && {
      characters: timeouts.min_pace.characters,
      windowMs: timeouts.min_pace.window_ms,
    },
    wholeMs: timeouts.whole_ms,
  })
