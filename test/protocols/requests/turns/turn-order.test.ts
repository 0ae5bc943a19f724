import { describe, expect, it } from 'vitest'
import type { Part, Turn } from '#model'
import {
  isInStrictOrder,
  toStrictOrder,
} from '../../../../src/protocols/requests/turns/turn-order.ts'

const text = (said: string): Part => ({ kind: 'text', text: said })
const call = (id: string): Part => ({ kind: 'tool-call', id, name: 'a', arguments: '{}' })
const result = (callId: string, said = ''): Part => ({
  kind: 'tool-result',
  callId,
  parts: [text(said)],
})
const turn = (role: Turn['role'], ...parts: Part[]): Turn => ({ role, parts })

describe('turns', () => {
  it('in order stay unchanged', () => {
    const turns = [
      turn('system', text('a')),
      turn('user', text('b')),
      turn('assistant', text('c'), call('1'), call('2')),
      turn('tool', result('1'), result('2')),
      turn('user', text('d')),
    ]
    expect(toStrictOrder(turns)).toEqual(turns)
  })

  it('of an assistant that follow each other are one', () => {
    expect(toStrictOrder([turn('assistant', text('a')), turn('assistant', call('1'))])).toEqual([
      turn('assistant', text('a'), call('1')),
    ])
  })

  it('are not changed in place', () => {
    const turns = [turn('assistant', text('a')), turn('assistant', text('b'))]
    toStrictOrder(turns)
    expect(turns).toEqual([turn('assistant', text('a')), turn('assistant', text('b'))])
  })
})

describe('results', () => {
  it('come directly after their calls, in the order of the calls', () => {
    const turns = [
      turn('assistant', call('1'), call('2')),
      turn('user', text('a')),
      turn('tool', result('2'), result('1')),
    ]
    expect(toStrictOrder(turns)).toEqual([
      turn('assistant', call('1'), call('2')),
      turn('tool', result('1'), result('2')),
      turn('user', text('a')),
    ])
  })

  it('belong to the nearest call of their id', () => {
    const turns = [
      turn('assistant', call('1')),
      turn('tool', result('1', 'first')),
      turn('user', text('a')),
      turn('assistant', call('1')),
      turn('user', text('b')),
      turn('tool', result('1', 'second')),
    ]
    const ordered = toStrictOrder(turns)
    expect(ordered[1]).toEqual(turn('tool', result('1', 'first')))
    expect(ordered[4]).toEqual(turn('tool', result('1', 'second')))
  })

  it('of two calls with one id are given out in turn', () => {
    const turns = [
      turn('assistant', call('1'), call('1')),
      turn('tool', result('1', 'first'), result('1', 'second')),
    ]
    expect(toStrictOrder(turns)).toEqual(turns)
  })

  it('without a call before them stay in place, for the upstream to judge', () => {
    const turns = [
      turn('tool', result('1')),
      turn('assistant', call('1')),
      turn('tool', result('2')),
      turn('user', text('a')),
    ]
    expect(toStrictOrder(turns)).toEqual(turns)
  })

  it('that are missing are not added', () => {
    const turns = [turn('assistant', call('1')), turn('user', text('a'))]
    expect(toStrictOrder(turns)).toEqual(turns)
  })
})

describe('a conversation without measure', () => {
  it('is put in order without a delay', () => {
    const turns = Array.from({ length: 200_000 }, (_, index) =>
      index % 2 === 0 ? turn('assistant', call(`call_${index}`)) : turn('user', text('a')),
    )
    expect(toStrictOrder(turns)).toHaveLength(200_000)
    expect(toStrictOrder(turns.map(({ parts }) => turn('assistant', ...parts)))).toHaveLength(1)
  })
})

describe('a conversation that looks as if it were in order', () => {
  const asked = turn('user', text('a'))
  const called = turn('assistant', call('1'), call('2'))

  it.each([
    ['a result is missing', [called, turn('tool', result('1')), asked]],
    ['a result is missing in front', [called, turn('tool', result('2')), asked]],
    ['nothing is behind it', [called]],
    ['the order is another', [called, turn('tool', result('2'), result('1'))]],
    ['one too many', [called, turn('tool', result('1'), result('2'), result('3'))]],
    ['results in parts', [called, turn('tool', result('1')), turn('tool', result('2'))]],
    ['results of a user', [called, turn('user', result('1'), result('2'))]],
    ['a turn of nothing', [called, turn('tool', result('1'), result('2')), turn('user')]],
    ['an assistant twice', [turn('assistant', text('b')), turn('assistant', text('c'))]],
  ])('is not: %s', (_, turns) => {
    expect(isInStrictOrder([asked, ...turns])).toBe(false)
  })

  it('also if ids are used again', () => {
    const twice = [called, turn('tool', result('1', 'a'), result('2', 'b'))]
    const turns = [...twice, ...twice, turn('assistant', call('3'), call('3'))]
    const all = [...turns, turn('tool', result('3', 'c'), result('3', 'd'))]
    expect(isInStrictOrder(all)).toBe(true)
    expect(toStrictOrder(all)).toEqual(all)
  })
})
