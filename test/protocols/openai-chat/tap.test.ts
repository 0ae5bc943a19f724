/** What is seen of a chat stream that is relayed. */
import { describe, expect, it } from 'vitest'
import { openaiChat } from '#protocols'
import { chunk, DONE, stream } from '../../tools/protocols/openai-chat/codec.ts'

const watch = (...pieces: (Buffer | string)[]) => {
  const tap = openaiChat.createTap()
  for (const piece of pieces) tap.push(typeof piece === 'string' ? piece : piece.toString('latin1'))
  return tap
}

const see = (...values: unknown[]) => watch(stream(...values))

const choice = (index: number, finish_reason: string | null) =>
  chunk({}, null, { choices: [{ index, delta: { content: 'a' }, finish_reason }] })

describe('a stream', () => {
  it('has started with something of its answer, not with a comment or an announcement', () => {
    expect(watch('').started).toBe(false)
    expect(watch(': keepalive\n\n').started).toBe(false)
    expect(watch('data: {"choi').started).toBe(false)
    expect(see(chunk({ role: 'assistant' })).started).toBe(false)
    expect(see(chunk({ role: 'assistant', content: '', refusal: null })).started).toBe(false)
    expect(see('garbage', DONE).started).toBe(false)
    expect(see(chunk({ role: 'assistant' }), DONE).started).toBe(true)
    for (const delta of [{ content: 'a' }, { reasoning: 'a' }, { tool_calls: [{ index: 0 }] }])
      expect(see(chunk({ role: 'assistant', ...delta })).started).toBe(true)
    expect(see(chunk({}, 'stop')).started).toBe(true)
  })

  it('has finished with a finish_reason, or with [DONE]', () => {
    expect(see(chunk({ content: 'a' })).finished).toBe(false)
    expect(see(chunk({ content: 'a' }, '')).finished).toBe(false)
    expect(see(chunk({ content: 'a' }, 'stop')).finished).toBe(true)
    expect(see(chunk({ content: 'a' }), DONE).finished).toBe(true)
  })

  it('of several choices has finished when each has', () => {
    expect(see(choice(0, null), choice(1, null), choice(0, 'stop')).finished).toBe(false)
    expect(see(choice(0, null), choice(1, 'stop'), choice(0, 'stop')).finished).toBe(true)
  })

  it('reports whether it is inside an event or between two', () => {
    expect(watch(stream(chunk({ content: 'a' }))).midEvent).toBe(false)
    expect(watch(stream(chunk({ content: 'a' })), 'data: {"id').midEvent).toBe(true)
    expect(watch(stream(chunk({ content: 'a' })), 'data: {"id', '":1}\n\n').midEvent).toBe(false)
    expect(watch('data: {}\n').midEvent).toBe(true)
  })

  it('that reports a failure yields our error', () => {
    const failed = see(chunk({ content: 'a' }), {
      error: { message: 'Slow down.', code: 'rate_limit_exceeded' },
    })
    expect(failed.error).toMatchObject({ code: 'upstream_rate_limited', message: 'Slow down.' })
    expect(failed.finished).toBe(false)
    expect(see(chunk({ content: 'a' }, null, { error: null })).error).toBeUndefined()
  })

  it('may contain invalid JSON, which the client handles', () => {
    const tap = see('garbage', '[]', chunk({ content: 'a' }, 'stop'))
    expect(tap).toMatchObject({ started: true, finished: true, error: undefined })
  })

  it('may have an event beyond all limits, and is not inspected further', () => {
    const tap = watch(stream(chunk({ content: 'abc' })), `data: ${'x'.repeat(17 * 1024 * 1024)}`)
    expect(tap).toMatchObject({ started: true, finished: true, outputCharacters: 3 })
    tap.push('more\n\n')
    expect(tap.outputCharacters).toBe(3)
  })
})

describe('usage', () => {
  it('is the last value reported', () => {
    const usage = { prompt_tokens: 9, completion_tokens: 4 }
    expect(see(chunk({ content: 'a' })).usage).toEqual({})
    expect(
      see(
        chunk({ content: 'a' }, null, { usage: { prompt_tokens: 9, completion_tokens: 1 } }),
        chunk({ content: 'b' }, null, { usage }),
        chunk({}, 'stop', { usage: null }),
      ).usage,
    ).toMatchObject({ inputTokens: 9, outputTokens: 4 })
  })
})

const pad = (delta: object, obfuscation: string) => chunk({ ...delta }, null, { obfuscation })

describe('the characters', () => {
  it('are those of texts, reasoning, refusals, names and arguments', () => {
    const call = { name: 'ab', arguments: '{"x":1}' }
    const tap = see(
      chunk({ role: 'assistant', content: '' }),
      chunk({ reasoning_content: '123', reasoning: '123' }),
      chunk({ reasoning: '12' }),
      chunk({ content: 'é☃' }),
      chunk({ content: '𝄞\n' }),
      chunk({ content: '"\\' }),
      chunk({ refusal: 'no' }),
      chunk({ tool_calls: [{ index: 0, id: 'call_1', function: call }] }),
      chunk({ tool_calls: [{ index: 1, id: 'call_2', custom: { name: 'c', input: 'de' } }] }),
    )
    expect(tap.outputCharacters).toBe(3 + 2 + 2 + 3 + 2 + 2 + 9 + 3)
  })

  it('are counted despite padding, and when another field grows', () => {
    const tap = see(
      ...Array.from({ length: 10 }, (_, index) => pad({ content: 'ab' }, 'x'.repeat(index))),
      ...Array.from({ length: 10 }, (_, index) => pad({ refusal: 'abc' }, 'x'.repeat(index))),
      chunk({ content: 'd' }, 'stop'),
    )
    expect(tap).toMatchObject({ outputCharacters: 51, finished: true })
  })

  it('do not hide a finish_reason next to a token', () => {
    const tap = see(
      chunk({ content: 'a' }),
      chunk({ content: 'b' }),
      chunk({ content: 'c' }, 'length'),
    )
    expect(tap).toMatchObject({ outputCharacters: 3, finished: true })
  })
})
