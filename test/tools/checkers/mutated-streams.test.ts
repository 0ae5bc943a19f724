/** Random damage to a legal stream never goes unseen. */

import { assert, constant, constantFrom, double, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isRecord } from './shape.ts'
import { CHECKS, listStreams, PROTOCOL_FOLDERS, readStream } from './stream-files.ts'
import type { StreamFolder } from './stream-files.ts'

interface Event {
  type: string
  text: string
}

const aStream = constantFrom(...PROTOCOL_FOLDERS).chain((folder) =>
  record({ folder: constant(folder), name: constantFrom(...listStreams('legal', folder)) }),
)

const aPlace = double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

const dataOf = (text: string) => text.split('\n').find((line) => line.startsWith('data: ')) ?? ''

const typeOf = (text: string) => {
  const data = dataOf(text).slice('data: '.length)
  if (data === '[DONE]') return data
  if (/"finish_?[rR]eason":"/.test(data)) return 'finish'
  if (/"text_completion"|"responseId"/.test(data)) return 'part'
  return /"type":"(?<type>[a-z_.]+)"/.exec(/^event: .*/.test(text) ? data : '')?.[1] ?? 'chunk'
}

const splitEvents = (bytes: Buffer): Event[] =>
  bytes
    .toString()
    .replaceAll('\r\n', '\n')
    .split('\n\n')
    .filter((text) => text !== '' && !text.startsWith(':'))
    .map((text) => ({ type: typeOf(text), text }))

const join = (events: Event[]) => Buffer.from(events.map(({ text }) => `${text}\n\n`).join(''))

/** Deltas of one text may be lost or doubled, and pings moved, and the stream is still a legal one. */
const MOVABLE = new Set(['chunk', 'part', 'content_block_delta', 'ping'])

/** The first event carries the role or the message, the last one the end. */
const isFixed = (events: Event[], place: number) =>
  place === events.length - 1 || !MOVABLE.has(events[place]?.type ?? '')

/** In some protocols a stream has no opening: each part is independent. */
const isOpener = (events: Event[], place: number) => place === 0 && events[0]?.type !== 'part'

const choiceOf = ({ text }: Event) => /"index":(?<choice>\d+)/.exec(text)?.groups?.choice

/** Parts of two answers may come in any order. */
const areOfTwoAnswers = (one: Event, two: Event) => {
  const [first, second] = [choiceOf(one), choiceOf(two)]
  const hasPart = one.type === 'part' || two.type === 'part'
  return hasPart && first !== undefined && second !== undefined && first !== second
}

type Damage = (events: Event[], place: number) => Event[] | undefined

const DAMAGES: Record<string, Damage> = {
  'loses an event': (events, place) =>
    isOpener(events, place) || isFixed(events, place) ? events.toSpliced(place, 1) : undefined,
  'doubles an event': (events, place) =>
    isFixed(events, place)
      ? events.toSpliced(place, 0, ...events.slice(place, place + 1))
      : undefined,
  'swaps two events': (events, place) => {
    const [one, two] = [events[place], events[place + 1]]
    if (!one || !two || one.type === two.type) return undefined
    if (one.type === 'ping' || two.type === 'ping' || areOfTwoAnswers(one, two)) return undefined
    const isSeen = isFixed(events, place) || isFixed(events, place + 1)
    return isSeen ? events.toSpliced(place, 2, two, one) : undefined
  },
}

const damagesOf = (folder: StreamFolder, damage: Damage) =>
  listStreams('legal', folder).flatMap((name) => {
    const events = splitEvents(readStream('legal', folder, name))
    return events.flatMap((_, place) => {
      const damaged = damage(events, place)
      return damaged ? [{ name, place, bytes: join(damaged) }] : []
    })
  })

const WRONG = { wrong: true }

/** What the vendor's own tools found and what the caller chose may look like anything. */
const FREE = new Set([
  'action',
  'args',
  'citation',
  'groundingMetadata',
  'instructions',
  'retryDelay',
  'tool_choice',
])

/** Every way to put an object in place of a plain value. */
const misuses = (value: unknown): unknown[] => {
  if (Array.isArray(value))
    return value.flatMap((item, place) => misuses(item).map((wrong) => value.with(place, wrong)))
  if (!isRecord(value)) return [WRONG]
  return Object.entries(value)
    .filter(([key]) => !FREE.has(key))
    .flatMap(([key, inner]) => misuses(inner).map((wrong) => ({ ...value, [key]: wrong })))
}

const withMisuses = ({ type, text }: Event) => {
  const data = dataOf(text)
  if (type === '[DONE]' || text.includes('\ndata: "')) return []
  return misuses(JSON.parse(data.slice('data: '.length))).map((wrong) =>
    text.replace(data, () => `data: ${JSON.stringify(wrong)}`),
  )
}

describe.each(PROTOCOL_FOLDERS)('a damaged stream of %s', (folder) => {
  it.each(Object.entries(DAMAGES))('is refused when it %s', (_, damage) => {
    const cases = damagesOf(folder, damage)
    expect(cases.length).toBeGreaterThan(8)
    const unseen = cases.filter(({ bytes }) => CHECKS[folder](bytes).length === 0)
    expect(unseen.map(({ name, place }) => `${name} at ${place}`)).toEqual([])
  })

  it('is refused when a plain value becomes an object', () => {
    const unseen = listStreams('legal', folder).flatMap((name) => {
      const events = splitEvents(readStream('legal', folder, name))
      return events.flatMap((event, place) =>
        withMisuses(event)
          .map((text) => events.with(place, { ...event, text }))
          .filter((damaged) => CHECKS[folder](join(damaged)).length === 0)
          .map((damaged) => damaged[place]?.text),
      )
    })
    expect(unseen).toEqual([])
  })
})

describe('any legal stream', () => {
  it('is refused when it is cut at any byte', () => {
    assert(
      property(aStream, aPlace, ({ folder, name }, place) => {
        const bytes = readStream('legal', folder, name)
        const cut = bytes.subarray(0, Math.floor(bytes.length * place))
        expect(CHECKS[folder](cut)).not.toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('is refused when a byte of it is no longer UTF-8', () => {
    assert(
      property(aStream, aPlace, ({ folder, name }, place) => {
        const bytes = readStream('legal', folder, name)
        bytes[Math.floor(bytes.length * place)] = 0xff
        expect(CHECKS[folder](bytes)).not.toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})
