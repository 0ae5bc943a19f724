/** What a process notices of the others: who is gone, and what did not arrive. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Batch } from '../../../../src/stores/replicas/redis/batches.ts'
import { createPeers, type Peers } from '../../../../src/stores/replicas/redis/peers.ts'

let heard: (readonly string[])[]
let peers: Peers

beforeEach(() => {
  heard = []
  const listener = {
    message: (from: string, message: string) => void heard.push(['message', from, message]),
    missed: (from: string) => void heard.push(['missed', from]),
    gone: (replica: string) => void heard.push(['gone', replica]),
    lost: () => undefined,
  }
  peers = createPeers(
    (what) => what(listener),
    (replica) => heard.push(['forget', replica]),
  )
})

const batch = (
  number: number,
  {
    life = 1,
    line = 1,
    messages,
  }: Partial<Pick<Batch, 'line' | 'messages'>> & { life?: number } = {},
): Batch => ({
  from: { replica: 'a', number: life },
  line,
  number,
  messages: messages ?? [`${line}.${number}`],
})

const later = (): number => performance.now() + 1

describe('the batches of a process', () => {
  it('are heard in order, and again only once', () => {
    for (const number of [1, 2, 1, 2, 3]) peers.hear(batch(number))
    expect(heard.map(([, , message]) => message)).toEqual(['1.1', '1.2', '1.3'])
  })

  it.each([
    ['the first that is heard is not the first', () => [batch(2)]],
    ['one is left out', () => [batch(1), batch(3)]],
    ['its line begins anew', () => [batch(1), batch(1, { line: 2 })]],
    ['all were said to be missed before', () => [batch(1), 'miss', batch(2)]],
  ] as const)('are missed if %s', (_, toSteps) => {
    const steps = toSteps()
    for (const step of steps.slice(0, -1))
      if (step === 'miss') peers.miss()
      else peers.hear(step as Batch)
    heard.length = 0
    peers.hear(steps.at(-1) as Batch)
    expect(heard.map(([kind]) => kind)).toEqual(['missed', 'message'])
  })

  it('are missed even if nothing follows them but an empty one', () => {
    peers.hear(batch(1))
    peers.hear(batch(3, { messages: [] }))
    expect(heard.map(([kind]) => kind)).toEqual(['message', 'missed'])
  })

  it('of a line that has ended are not heard', () => {
    peers.hear(batch(1, { line: 2 }))
    peers.hear(batch(9))
    expect(heard).toEqual([['message', 'a', '2.1']])
  })
})

describe('a process', () => {
  it('that begins another life is gone first, and what it said before is not heard any more', () => {
    peers.hear(batch(1))
    peers.hear(batch(1, { life: 2, line: 2 }))
    peers.hear(batch(2))
    expect(heard.map(([kind]) => kind)).toEqual(['message', 'forget', 'gone', 'message'])
  })

  it('that says goodbye is gone', () => {
    peers.hear({ ...batch(1), messages: undefined })
    expect(heard).toEqual([
      ['forget', 'a'],
      ['gone', 'a'],
    ])
    expect(peers.known).toEqual([])
  })

  it('is gone if it is not among those that live', () => {
    peers.note('a')
    peers.note('b', 1)
    peers.compare([{ replica: 'b', number: 1 }], later())
    peers.compare([], later() + 1_000)
    expect(heard.filter(([kind]) => kind === 'gone')).toEqual([
      ['gone', 'a'],
      ['gone', 'b'],
    ])
  })

  it('is not judged by an answer that is older than what was heard of it', () => {
    const askedAtMs = performance.now() - 10
    peers.hear(batch(1, { life: 2 }))
    peers.compare([], askedAtMs)
    peers.compare([{ replica: 'a', number: 1 }], later())
    expect(heard).toEqual([['message', 'a', '1.1']])
  })

  it('whose ownership was seen is gone if it lives another life', () => {
    peers.note('a', 1)
    peers.compare([{ replica: 'a', number: 2 }], later())
    expect(heard).toContainEqual(['gone', 'a'])
    expect(peers.known).toEqual(['a'])
  })
})
