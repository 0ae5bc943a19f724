import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anthropicMessages } from '#protocols'
import { foldMessage } from '#model'
import { plainSentences } from '../../tools/protocols/random-sentences.ts'
import { encode, stream } from '../../tools/protocols/anthropic-messages/codec.ts'

const watch = (pieces: Iterable<Buffer>) => {
  const tap = anthropicMessages.createTap()
  for (const piece of pieces) tap.push(piece.toString('latin1'))
  return tap
}

const START = {
  type: 'message_start',
  message: { usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 } },
}
const delta = (index: number, value: object) => ({
  type: 'content_block_delta',
  index,
  delta: value,
})
const END = { type: 'message_delta', delta: {}, usage: { output_tokens: 9 } }

describe('a relayed stream', () => {
  it('is counted as it passes', () => {
    const tap = watch([
      stream(
        START,
        delta(0, { type: 'thinking_delta', thinking: 'So' }),
        delta(0, { type: 'signature_delta', signature: 'Er1' }),
        delta(1, { type: 'text_delta', text: 'é"\n' }),
        delta(1, { type: 'text_delta', text: '👍' }),
        delta(2, { type: 'input_json_delta', partial_json: '{}' }),
        END,
      ),
    ])
    expect(tap).toMatchObject({
      started: true,
      finished: false,
      error: undefined,
      midEvent: false,
      usage: { inputTokens: 15, cacheReadTokens: 5, outputTokens: 9 },
      outputCharacters: 9,
    })
    tap.push(stream({ type: 'message_stop' }).toString('latin1'))
    expect(tap.finished).toBe(true)
  })

  it('has no output count until it ends', () => {
    expect(watch([stream(START)]).usage).toEqual({
      inputTokens: 15,
      cacheReadTokens: 5,
      cacheWriteTokens: 0,
    })
  })

  it('reports its failure', () => {
    const error = { type: 'overloaded_error', message: 'Too many.' }
    const tap = watch([stream({ type: 'error', error } as { type: string })])
    expect(tap.error).toMatchObject({ code: 'upstream_overloaded', message: 'Too many.' })
    expect(tap.finished).toBe(false)
  })

  it('may stop in the middle of an event', () => {
    const bytes = stream(START)
    expect(watch([bytes.subarray(0, -1)])).toMatchObject({ midEvent: true, started: false })
    expect(watch([Buffer.from(': hello\n\n')])).toMatchObject({ midEvent: false, started: false })
  })

  it('is seen the same however it is cut', () => {
    fc.assert(
      fc.property(plainSentences, fc.array(fc.nat(), { maxLength: 10 }), (events, places) => {
        const bytes = encode(events)
        const ends = places.map((place) => place % bytes.length).toSorted((a, b) => a - b)
        const tap = watch(
          [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)),
        )
        const { usage, parts } = foldMessage(events)
        expect(tap).toMatchObject({ finished: true, midEvent: false, usage })
        const said = parts.map((part) =>
          part.kind === 'tool-call' ? part.arguments : 'text' in part ? part.text : '',
        )
        expect(tap.outputCharacters).toBe(said.join('').length)
      }),
      { numRuns: 300 },
    )
  })
})

it('reads the usage of a complete answer', () => {
  expect(anthropicMessages.decodeUsage({ usage: END.usage })).toMatchObject({ outputTokens: 9 })
  expect(anthropicMessages.decodeUsage({})).toBeUndefined()
})
