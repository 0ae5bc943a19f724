/** Schemas that the vendor holds its model to. */
import { describe, expect, it } from 'vitest'
import { write } from '../../tools/protocols/anthropic-messages/write-request.ts'

const toSchema = (schema: unknown) => {
  const { body } = write({ answerFormat: { kind: 'json-schema', schema } })
  return (body.output_config as { format: { schema: unknown } }).format.schema
}

describe('the schema of an answer', () => {
  it('describes the constraints that are not enforced, and keeps the others', () => {
    expect(
      toSchema({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: {
          stars: { type: 'integer', description: 'How many.', minimum: 1, maximum: 5 },
          by: { oneOf: [{ type: 'string' }, { type: 'number', multipleOf: 2 }] },
          words: {
            type: 'array',
            items: { type: 'string', minLength: 2 },
            minItems: 3,
            maxItems: 4,
            uniqueItems: true,
          },
          one: { type: 'array', items: { type: 'string' }, minItems: 1 },
          at: { type: 'string', format: 'date-time' },
          color: { type: 'string', format: 'color', pattern: '^#' },
          place: { type: ['object', 'null'], properties: { city: { type: 'string' } } },
          kind: { type: 'string', enum: ['a', 'b'] },
        },
        required: ['stars'],
        additionalProperties: true,
      }),
    ).toEqual({
      type: 'object',
      properties: {
        stars: { type: 'integer', description: 'How many.\n\n{minimum: 1, maximum: 5}' },
        by: { anyOf: [{ type: 'string' }, { type: 'number', description: '{multipleOf: 2}' }] },
        words: {
          type: 'array',
          items: { type: 'string', description: '{minLength: 2}' },
          description: '{minItems: 3, maxItems: 4, uniqueItems: true}',
        },
        one: { type: 'array', items: { type: 'string' }, minItems: 1 },
        at: { type: 'string', format: 'date-time' },
        color: { type: 'string', description: '{format: "color", pattern: "^#"}' },
        place: {
          type: ['object', 'null'],
          properties: { city: { type: 'string' } },
          additionalProperties: false,
        },
        kind: { enum: ['a', 'b'] },
      },
      required: ['stars'],
      additionalProperties: false,
    })
  })

  it('keeps its definitions and references, including recursive ones', () => {
    const node = {
      type: 'object',
      properties: { next: { $ref: '#/$defs/node' } },
      minProperties: 1,
    }
    expect(
      toSchema({ $ref: '#/$defs/node', $defs: { node }, definitions: { a: { const: 1 } } }),
    ).toEqual({
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: { next: { $ref: '#/$defs/node' } },
          additionalProperties: false,
          description: '{minProperties: 1}',
        },
      },
      definitions: { a: { const: 1 } },
    })
  })

  it('has the properties of a union beside its own, since it is closed', () => {
    expect(
      toSchema({
        type: 'object',
        properties: { a: { type: 'string' } },
        anyOf: [
          { properties: { b: { type: 'number' } }, required: ['b'] },
          { properties: { c: { type: 'number' } }, required: ['c'] },
        ],
      }),
    ).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'number' }, c: { type: 'number' } },
      additionalProperties: false,
      description: 'These properties belong together: [b] or [c].',
    })
  })

  it.each([
    ['all parts of one', { allOf: [{ type: 'string' }, { $ref: '#/$defs/a' }] }],
    ['anything', {}],
    ['a list of anything', { type: 'array', items: {} }],
    ['what is no schema', 'text'],
    ['a literal', { const: null }],
  ])('may be %s', (_, schema) => {
    expect(toSchema(schema)).toEqual(schema)
  })

  it('describes the alternatives of a union', () => {
    expect(toSchema({ enum: [{ a: 1 }], type: 'object' })).toEqual({
      type: 'object',
      additionalProperties: false,
      description: '{enum: [{"a":1}]}',
    })
  })
})

describe('the schema of a strict tool', () => {
  it('is bound as that of an answer, and has no union at its top', () => {
    const schema = {
      anyOf: [
        { type: 'object', properties: { a: { type: 'string', minLength: 1 } } },
        { type: 'object', properties: { b: { type: ['object', 'null'] } } },
      ],
    }
    const { body } = write({ tools: [{ kind: 'function', name: 'x', schema, strict: true }] })
    expect(body.tools).toEqual([
      {
        name: 'x',
        strict: true,
        input_schema: {
          type: 'object',
          properties: {
            a: { type: 'string', description: '{minLength: 1}' },
            b: { type: ['object', 'null'], additionalProperties: false },
          },
          additionalProperties: false,
        },
      },
    ])
  })
})
