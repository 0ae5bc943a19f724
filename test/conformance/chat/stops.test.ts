/** A hundred stops on every door, from everywhere, at each moment. */
import { describe, it } from 'vitest'
import { withServers } from '../../tools/servers/with-servers.ts'
import { playStops, STOPPED_DOORS, stopsOf } from '../../tools/server/chat/stops.ts'

describe.runIf(withServers).each(STOPPED_DOORS)('a stop of an answer on $name', (door) => {
  it.each(stopsOf(door))('a hundred times from $from, $when', (stop) =>
    playStops({ door, ...stop, rounds: 100 }),
  )
})
