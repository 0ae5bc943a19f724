import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import type { ModelRequest, Part } from '#model'
import { anthropicMessages, openaiChat, openaiResponses } from '#protocols'
import { estimateRequestBytes, estimateRequestTokens, estimateTokens } from '#usage'
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

describe('the size of a body', () => {
  const PNG = 'iVBORw0KGgo'.repeat(500)
  const request = (parts: readonly Part[], more: Partial<ModelRequest> = {}): ModelRequest => ({
    model: 'gpt-4o',
    stream: true,
    tools: [],
    turns: [{ role: 'user', parts }],
    ...more,
  })

  it.each<[string, ModelRequest]>([
    ['a text', request([{ kind: 'text', text: ENGLISH.repeat(20) }])],
    ['a text of wide characters', request([{ kind: 'text', text: CHINESE.repeat(20) }])],
    [
      'an image',
      request([
        { kind: 'text', text: 'look' },
        { kind: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } },
      ]),
    ],
    [
      'many turns',
      {
        ...request([]),
        turns: Array(50).fill(request([{ kind: 'text', text: ENGLISH }]).turns[0]),
      },
    ],
    ['tools', request([{ kind: 'text', text: ENGLISH }], { tools: Array(20).fill(WEATHER) })],
  ])('with %s is about what each protocol needs', (_, asked) => {
    const estimate = estimateRequestBytes(asked)
    for (const { codec } of [openaiChat, openaiResponses, anthropicMessages]) {
      const { body } = codec!.encodeRequest(asked, { provider: 'p', model: 'gpt-4o' })
      const ratio = estimate / Buffer.byteLength(JSON.stringify(body))
      expect(ratio).toBeGreaterThan(0.6)
      expect(ratio).toBeLessThan(1.5)
    }
  })

  it('counts every kind of part', () => {
    const base = estimateRequestBytes(request([]))
    const sizes = (
      [
        { kind: 'text', text: 'x'.repeat(1000) },
        { kind: 'refusal', text: 'x'.repeat(1000) },
        { kind: 'reasoning', text: '', redacted: 'x'.repeat(500), signature: 'x'.repeat(500) },
        { kind: 'tool-call', id: 'a', name: 'f', arguments: 'x'.repeat(1000) },
        { kind: 'tool-result', callId: 'a', parts: [{ kind: 'text', text: 'x'.repeat(1000) }] },
        { kind: 'tool-reference', name: 'x'.repeat(1000) },
        { kind: 'audio', data: 'x'.repeat(1000), format: 'wav' },
        { kind: 'image', source: { kind: 'url', url: 'x'.repeat(1000) } },
        { kind: 'file', source: { kind: 'text', text: 'x'.repeat(1000) } },
        { kind: 'file', source: { kind: 'upload', id: 'x'.repeat(1000), protocol: 'gemini' } },
        { kind: 'native', protocol: 'gemini', value: { x: 'x'.repeat(1000) } },
      ] satisfies Part[]
    ).map((part) => estimateRequestBytes(request([part])) - base)
    for (const size of sizes) {
      expect(size).toBeGreaterThanOrEqual(1000)
      expect(size).toBeLessThan(1100)
    }
  })
})
