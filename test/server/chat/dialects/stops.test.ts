import { describe, it } from 'vitest'
import { playStops, STOPPED_DOORS, stopsOf } from '../../../tools/server/chat/stops.ts'

describe.each(STOPPED_DOORS)('a stop of an answer on $name', (door) => {
  it.each(stopsOf(door))('from $from, $when', { timeout: 60_000 }, (stop) =>
    playStops({ door, ...stop, rounds: 3 }),
  )
})
