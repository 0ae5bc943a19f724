/** Schemas of tools with a union at their top, which most vendors refuse. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '#model'
import { anthropicMessages, gemini, openaiChat, openaiResponses } from '#protocols'
import { codecOf } from '../../../tools/protocols/byte-codec.ts'

const text = { type: 'string' }

const CLIENTS: Readonly<Record<string, (schema: JsonObject) => JsonObject>> = {
  chat: (parameters) => ({
    messages: [{ role: 'user', content: 'a' }],
    tools: [{ type: 'function', function: { name: 'x', parameters } }],
  }),
  messages: (input_schema) => ({
    max_tokens: 9,
    messages: [{ role: 'user', content: 'a' }],
    tools: [{ name: 'x', input_schema }],
  }),
  responses: (parameters) => ({ input: 'a', tools: [{ type: 'function', name: 'x', parameters }] }),
  gemini: (parametersJsonSchema) => ({
    contents: [{ parts: [{ text: 'a' }] }],
    tools: [{ functionDeclarations: [{ name: 'x', parametersJsonSchema }] }],
  }),
}

const PROTOCOLS = [
  ['chat', openaiChat],
  ['messages', anthropicMessages],
  ['responses', openaiResponses],
  ['gemini', gemini],
] as const

const PAIRS = PROTOCOLS.flatMap(([client, from]) =>
  PROTOCOLS.map(([target, to]) => [client, target, from, to] as const),
)

const schemaOf = (body: JsonObject): JsonObject => {
  const [tool] = body.tools as [JsonObject]
  const [declared] = (tool.functionDeclarations ?? []) as JsonObject[]
  const called = tool.function as JsonObject | undefined
  return (tool.input_schema ??
    tool.parameters ??
    called?.parameters ??
    declared?.parametersJsonSchema) as JsonObject
}

const toMessages = (schema: JsonObject): JsonObject => {
  const request = codecOf(openaiChat).decodeRequest({ model: 'm', ...CLIENTS.chat?.(schema) })
  return schemaOf(
    codecOf(anthropicMessages).encodeRequest(request, { provider: 'p', model: 'm' }).body,
  )
}

describe.each(PAIRS)('a union from a client of %s for %s', (client, _, from, to) => {
  const translate = (schema: JsonObject): JsonObject => {
    const request = codecOf(from).decodeRequest({ model: 'm', ...CLIENTS[client]?.(schema) })
    return schemaOf(codecOf(to).encodeRequest(request, { provider: 'p', model: 'm' }).body)
  }

  it.each(['anyOf', 'oneOf', 'allOf'])('at the top as %s leaves its properties there', (key) => {
    const schema = translate({
      [key]: [
        { type: 'object', properties: { a: text, b: text }, required: ['a'] },
        { type: 'object', properties: { a: text, c: { anyOf: [text, { type: 'null' }] } } },
      ],
    })
    expect(Object.keys(schema)).not.toContain(key)
    expect(schema).toMatchObject({
      type: 'object',
      properties: { a: text, b: text, c: { anyOf: [text, { type: 'null' }] } },
    })
  })

  it('that only lists required fields becomes a description', () => {
    const schema = translate({
      type: 'object',
      properties: { name: text, id: text },
      anyOf: [{ required: ['name'] }, { required: ['id'] }],
    })
    expect(schema).toEqual({
      type: 'object',
      properties: { name: text, id: text },
      description: 'These properties belong together: [name] or [id].',
    })
  })
})

describe('a union', () => {
  it('requires what every alternative requires, and all that allOf requires', () => {
    expect(
      toMessages({
        description: 'Does it.',
        required: ['own'],
        oneOf: [
          { title: 'One', properties: { kind: { const: 'a' }, x: text }, required: ['kind', 'x'] },
          { properties: { kind: { const: 'b' } }, required: ['kind'] },
        ],
        allOf: [{ properties: { y: text }, required: ['y'] }],
      }),
    ).toEqual({
      type: 'object',
      description: 'Does it.\n\nThese properties belong together: [kind, x] (One) or [kind].',
      properties: { y: text, kind: { anyOf: [{ const: 'a' }, { const: 'b' }] }, x: text },
      required: ['own', 'y', 'kind'],
    })
  })

  it('is closed if all its parts are', () => {
    const closed = (name: string) => ({
      type: 'object',
      properties: { [name]: text },
      additionalProperties: false,
    })
    expect(toMessages({ anyOf: [closed('a'), closed('b')] })).toMatchObject({
      additionalProperties: false,
    })
    expect(toMessages({ anyOf: [closed('a'), { properties: { b: text } }] })).not.toHaveProperty(
      'additionalProperties',
    )
  })

  it('of references is followed to its definitions, which stay, once each', () => {
    const $defs = {
      a: { properties: { a: text }, anyOf: [{ $ref: '#/$defs/b' }, { $ref: '#' }] },
      b: { properties: { b: { $ref: '#/$defs/a' } }, allOf: [{ $ref: '#/$defs/a' }] },
    }
    expect(toMessages({ oneOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/gone' }], $defs })).toEqual(
      {
        type: 'object',
        properties: { a: text, b: { $ref: '#/$defs/a' } },
        $defs,
      },
    )
    expect(toMessages({ $ref: '#/$defs/a', $defs })).toMatchObject({
      properties: { a: text, b: { $ref: '#/$defs/a' } },
    })
  })

  it('at a deeper level stays unchanged', () => {
    const schema = { type: 'object', properties: { a: { oneOf: [text, { type: 'number' }] } } }
    expect(toMessages(schema)).toEqual(schema)
  })

  it('of an invalid schema is ignored', () => {
    const odd = { anyOf: [3, null, true, 'a'], allOf: 'a', $ref: 'https://a.example/b' }
    expect(toMessages(odd)).toEqual({ type: 'object', properties: {} })
  })

  it('takes time in proportion to its size', () => {
    const timeOf = (size: number): number => {
      const schema = {
        $defs: Object.fromEntries(
          Array.from({ length: size }, (_, at) => [
            `d${at}`,
            {
              anyOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: '#/$defs/d0' }],
              properties: { [`p${at}`]: text },
              required: [`p${at}`],
            },
          ]),
        ),
        anyOf: Array.from({ length: size }, (_, at) => ({
          $ref: `#/$defs/d${at}`,
          properties: { same: { const: at } },
          required: ['same'],
        })),
      }
      const start = performance.now()
      toMessages(schema)
      return performance.now() - start
    }
    timeOf(1_000)
    expect(timeOf(32_000)).toBeLessThan(64 * Math.max(timeOf(2_000), 5))
  })
})
