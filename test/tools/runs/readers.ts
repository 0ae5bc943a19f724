/** Logs of letters, and readers that note what they are handed. */
import type { EventLog, Following, LogOptions } from '#runs'

/** Text of one line is joined. */
export const LETTERS: LogOptions<string> = {
  sizeOf: ({ length }) => length,
  join: (earlier, later) =>
    later === '\n' || earlier.endsWith('\n') ? undefined : earlier + later,
}

export const appendAll = (log: EventLog<string>, events: Iterable<string>): void => {
  for (const event of events) log.append(event)
}

/** @param takes how many times it takes entries before it is full. */
export const follow = (
  log: EventLog<string>,
  seq: number,
  takes = Infinity,
  onTake?: () => void,
) => {
  const reader = {
    takes,
    /** `from-seq text` of each entry, `|` between what was handed over at once. */
    got: [] as string[],
    ended: undefined as string | undefined,
    following: undefined as Following | undefined,
  }
  reader.following = log.follow(seq, {
    take(entries) {
      const texts = entries.map(({ from, seq: to, event }) => `${from}-${to} ${event}`)
      reader.got.push(texts.join(', '))
      reader.takes--
      onTake?.()
      return reader.takes > 0
    },
    end(why) {
      reader.ended = why
    },
  })
  return reader
}
