import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import { estimateRequestTokens, estimateTokens } from '#usage'
import {
  CHINESE,
  CODE,
  ENGLISH,
  GERMAN,
  JAPANESE,
  KOREAN,
  RUSSIAN,
  say,
  toRequest,
  user,
  WEATHER,
} from '../tools/usage/requests.ts'

describe('an estimate', () => {
  it('is a token for every four characters, rounded up', () => {
    expect([0, 1, 4, 5].map(estimateTokens)).toEqual([0, 1, 1, 2])
  })

  it.each(Object.entries({ ENGLISH, CODE, GERMAN, RUSSIAN, CHINESE, JAPANESE, KOREAN }))(
    'of a text in %s is of the right size, short or long',
    (_, text) => {
      for (const whole of [text.repeat(3), text.repeat(1000)]) {
        const ratio = estimateRequestTokens(user(whole)) / countTokens(whole)
        expect(ratio).toBeGreaterThan(0.7)
        expect(ratio).toBeLessThan(1.4)
      }
    },
  )

  it('sees every kind of part', () => {
    const base = estimateRequestTokens(user())
    const more = (part: Parameters<typeof say>[1]) => estimateRequestTokens(user(part)) - base
    expect(more({ kind: 'image', source: { kind: 'url', url: 'https://x/y.png' } })).toBe(765)
    expect(more({ kind: 'audio', data: 'A'.repeat(64_000), format: 'wav' })).toBe(10)
    expect(more({ kind: 'reasoning', text: ENGLISH })).toBe(estimateTokens(ENGLISH.length))
    expect(more({ kind: 'reasoning', text: '', redacted: 'x'.repeat(400) })).toBe(100)
    expect(more({ kind: 'refusal', text: 'No, no.!' })).toBe(2)
    expect(more({ kind: 'tool-call', id: 'a', name: 'abcd', arguments: '{"a":12}' })).toBe(3)
    expect(
      more({ kind: 'tool-result', callId: 'a', parts: [{ kind: 'text', text: 'abcd' }] }),
    ).toBe(5)
    expect(more({ kind: 'tool-reference', name: 'abcd' })).toBe(1)
    expect(
      more({ kind: 'native', protocol: 'openai-chat', value: { abcd: ['abcd', 1, null] } }),
    ).toBe(10)
    expect(more({ kind: 'file', source: { kind: 'text', text: 'abcd' } })).toBe(1)
    expect(
      more({
        kind: 'file',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'A'.repeat(400_000) },
      }),
    ).toBe(12_000)
  })

  it('sees tools and the schema of the answer', () => {
    const tools = estimateRequestTokens(toRequest([], { tools: [WEATHER] }))
    expect(tools).toBeGreaterThan(60)
    expect(tools).toBeLessThan(140)
    const answerFormat = { kind: 'json-schema', schema: WEATHER.schema } as const
    expect(estimateRequestTokens(toRequest([], { answerFormat }))).toBeGreaterThan(40)
  })

  it('of an endless schema ends', () => {
    let schema: unknown = { type: 'string' }
    for (let depth = 0; depth < 10_000; depth++) schema = { items: schema }
    const tools = [{ kind: 'function', name: 'deep', schema }] as const
    expect(estimateRequestTokens(toRequest([], { tools }))).toBeLessThan(200)
  })
})
