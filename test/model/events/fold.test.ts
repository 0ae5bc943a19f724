import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage, GatewayError, type ModelEvent, NO_USAGE, unfoldMessage } from '#model'
import { expectWellFormed } from '../../tools/protocols/expect-well-formed.ts'
import { anySentences } from '../../tools/protocols/random-sentences.ts'

const START: ModelEvent = { type: 'message-start', id: 'm', model: 'gpt' }
const END: ModelEvent = { type: 'message-end', reason: 'stop', usage: NO_USAGE }

const cite = (index: number, url: string): ModelEvent[] => [
  { type: 'part-start', index, part: { kind: 'citation', of: 0, citation: { url } } },
  { type: 'part-end', index },
]

describe('the fold of an answer', () => {
  it('joins the deltas of each part, however the parts are mixed', () => {
    expect(
      foldMessage([
        START,
        { type: 'part-start', index: 0, part: { kind: 'text' } },
        { type: 'part-start', index: 1, part: { kind: 'tool-call', id: 'a', name: 'run' } },
        { type: 'part-delta', index: 1, text: '{"a"' },
        { type: 'part-delta', index: 0, text: 'Hel' },
        { type: 'part-delta', index: 1, text: ':1}' },
        { type: 'part-delta', index: 0, text: 'lo' },
        { type: 'part-end', index: 1 },
        { type: 'part-end', index: 0 },
        { ...END, reason: 'tool-calls' },
      ]),
    ).toEqual({
      id: 'm',
      model: 'gpt',
      parts: [
        { kind: 'text', text: 'Hello' },
        { kind: 'tool-call', id: 'a', name: 'run', arguments: '{"a":1}' },
      ],
      reason: 'tool-calls',
      usage: NO_USAGE,
    })
  })

  it('gives citations to the text that they support, open or closed', () => {
    const { parts } = foldMessage([
      START,
      { type: 'part-start', index: 0, part: { kind: 'text' } },
      { type: 'part-delta', index: 0, text: 'A' },
      ...cite(1, 'https://example.com/1'),
      { type: 'part-end', index: 0 },
      ...cite(2, 'https://example.com/2'),
      END,
    ])
    expect(parts).toEqual([
      {
        kind: 'text',
        text: 'A',
        citations: [{ url: 'https://example.com/1' }, { url: 'https://example.com/2' }],
      },
    ])
  })

  it('keeps signatures, encrypted reasoning and the sequence that stopped it', () => {
    const message = foldMessage([
      START,
      { type: 'part-start', index: 0, part: { kind: 'reasoning' } },
      { type: 'part-end', index: 0, signature: 'Er1' },
      { type: 'part-start', index: 1, part: { kind: 'reasoning', redacted: 'Em1' } },
      { type: 'part-end', index: 1 },
      { type: 'message-end', reason: 'stop-sequence', stopSequence: 'END', usage: NO_USAGE },
    ])
    expect(message).toMatchObject({
      stopSequence: 'END',
      parts: [
        { kind: 'reasoning', text: '', signature: 'Er1' },
        { kind: 'reasoning', text: '', redacted: 'Em1' },
      ],
    })
  })

  it('throws the error that the answer ended with', () => {
    const error = new GatewayError('upstream_failed', 'It broke.')
    expect(() => foldMessage([START, { type: 'error', error }])).toThrow(error)
  })

  it('throws if the answer has no end', () => {
    expect(() => foldMessage([START])).toThrow(expect.objectContaining({ code: 'upstream_broken' }))
  })
})

describe('an answer unfolded', () => {
  it('is a well-formed sentence that folds to the same', () => {
    fc.assert(
      fc.property(anySentences, (events) => {
        const message = foldMessage(events)
        const told = [...unfoldMessage(message)]
        expectWellFormed(told)
        expect(foldMessage(told)).toEqual(message)
      }),
      { numRuns: 300 },
    )
  })

  it('has citations after the text that they support', () => {
    const citations = [{ url: 'https://example.com' }]
    const message = foldMessage([START, END])
    const told = unfoldMessage({ ...message, parts: [{ kind: 'text', text: 'A', citations }] })
    expect([...told].map(({ type }) => type)).toEqual([
      'message-start',
      'part-start',
      'part-delta',
      'part-start',
      'part-end',
      'part-end',
      'message-end',
    ])
  })
})
