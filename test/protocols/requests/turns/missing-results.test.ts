import { describe, expect, it } from 'vitest'
import type { Part, Turn } from '#model'
import { withMissingResults } from '../../../../src/protocols/requests/turns/missing-results.ts'
import { toStrictOrder } from '../../../../src/protocols/requests/turns/turn-order.ts'

const text = (said: string): Part => ({ kind: 'text', text: said })
const call = (id: string): Part => ({ kind: 'tool-call', id, name: 'a', arguments: '{}' })
const result = (callId: string): Part => ({ kind: 'tool-result', callId, parts: [text('b')] })
const turn = (role: Turn['role'], ...parts: Part[]): Turn => ({ role, parts })

/** The places of the results: `a1` is an assistant's call, `r1` its result, `r1!` an added one. */
const outline = (turns: readonly Turn[]): string =>
  toStrictOrder(turns)
    .map(({ role, parts }) => {
      const shown = parts.map((part) => {
        if (part.kind === 'tool-call') return `a${part.id}`
        if (part.kind !== 'tool-result') return part.kind
        return `r${part.callId}${part.isError ? '!' : ''}`
      })
      return `${role}(${shown.join(' ')})`
    })
    .join(' ')

const complete = (...turns: Turn[]) => {
  const { turns: completed, answered } = withMissingResults(turns)
  return [outline(completed), answered]
}

describe('a call without a result', () => {
  it('gets one that says so, after it', () => {
    expect(complete(turn('assistant', call('1')), turn('user', text('c')))).toEqual([
      'assistant(a1) tool(r1!) user(text)',
      ['1'],
    ])
  })

  it('also gets one at the end of a conversation', () => {
    expect(complete(turn('user', text('c')), turn('assistant', call('1')))).toEqual([
      'user(text) assistant(a1) tool(r1!)',
      ['1'],
    ])
  })

  it('gets one in addition to those that arrived', () => {
    const calls = turn('assistant', call('1'), call('2'), call('3'))
    expect(complete(calls, turn('tool', result('2')), turn('user', text('c')))).toEqual([
      'assistant(a1 a2 a3) tool(r1! r2 r3!) user(text)',
      ['1', '3'],
    ])
  })

  it('does not part the calls of a turn that its client cut', () => {
    const turns = [turn('assistant', call('1')), turn('assistant', call('2'))]
    expect(complete(...turns, turn('tool', result('2')))).toEqual([
      'assistant(a1 a2) tool(r1! r2)',
      ['1'],
    ])
  })

  it('is identified by its place if its id is used again', () => {
    const again = [turn('assistant', call('1')), turn('user', text('c'))]
    expect(complete(...again, turn('assistant', call('1')), turn('tool', result('1')))).toEqual([
      'assistant(a1) tool(r1!) user(text) assistant(a1) tool(r1)',
      ['1'],
    ])
  })
})

describe('nothing is added', () => {
  it('if every result is there, however late', () => {
    const turns = [turn('assistant', call('1')), turn('user', text('c')), turn('tool', result('1'))]
    expect(withMissingResults(turns)).toEqual({ turns, answered: [] })
  })
})
