/** A reader that comes back has read everything once, wherever and however often its connection broke. */
import { assert, integer, property } from 'fast-check'
import { expect, it } from 'vitest'
import { createEventLog, type EventLog, type Following } from '#runs'

const createLog = () =>
  createEventLog<string>({
    sizeOf: ({ length }) => length,
    join: (earlier, later) => earlier + later,
    slow: { maxEvents: 20, maxBytes: 1_000_000, forMs: 5_000 },
  })

/** Knows only the text that it has, and the number of the last event in it. */
const createClient = (log: EventLog<string>) => {
  const client = { text: '', seq: 0, ends: 0 }
  let following: Following | undefined
  const connect = () => {
    following = log.follow(client.seq, {
      take(entries) {
        for (const { event } of entries) client.text += event
        client.seq = entries.at(-1)?.seq ?? client.seq
        return true
      },
      end: () => void client.ends++,
    })
  }
  return { client, connect, disconnect: () => following?.stop() }
}

/** Numbers in an order that a seed decides. */
const createChance = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
}

it('has the text of the log after 50 reconnections in one answer', () => {
  assert(
    property(integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
      const chance = createChance(seed)
      const log = createLog()
      const readers = [createClient(log), createClient(log)]
      let text = ''
      const write = (): void => {
        const token = `${text.length} `
        text += token
        log.append(token)
      }
      for (let connection = 0; connection < 50; connection++) {
        const reader = readers[chance(2)]!
        for (let count = chance(30); count > 0; count--) write()
        reader.disconnect()
        for (let count = chance(30); count > 0; count--) write()
        reader.connect()
        for (const { client } of readers) expect(text.startsWith(client.text)).toBe(true)
      }
      for (const { connect, disconnect } of readers) {
        disconnect()
        connect()
      }
      log.end()
      for (const { client } of readers) expect(client).toMatchObject({ text, ends: 1 })
    }),
  )
})

it('gets an event once that comes while it is handed what came before', () => {
  const log = createLog()
  for (const token of 'abc') log.append(token)
  const got: string[] = []
  log.follow(0, {
    take(entries) {
      got.push(...entries.map(({ event }) => event))
      if (log.lastSeq === 3) log.append('d')
      return true
    },
    end: () => undefined,
  })
  log.append('e')
  expect(got).toEqual(['a', 'b', 'c', 'd', 'e'])
})

it('gets everything and the end, however long after the end it comes', () => {
  const log = createLog()
  for (const token of 'abc') log.append(token)
  log.end()
  const { client, connect } = createClient(log)
  connect()
  expect(client).toEqual({ text: 'abc', seq: 3, ends: 1 })
  connect()
  expect(client).toEqual({ text: 'abc', seq: 3, ends: 2 })
})
