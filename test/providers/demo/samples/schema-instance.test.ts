import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { samplePattern } from '../../../../src/providers/demo/samples/pattern-sample.ts'
import { satisfySchema } from '../../../../src/providers/demo/samples/schema-instance.ts'

describe('a value for a JSON schema', () => {
  it.each<[string, unknown, unknown]>([
    ['a constant', { const: { a: [1] } }, { a: [1] }],
    ['the first of an enumeration', { enum: ['red', 'green'] }, 'red'],
    ['no null where there is a choice', { type: ['null', 'string'] }, 'demo'],
    ['null where there is none', { type: 'null' }, null],
    ['a short text', { type: 'string', maxLength: 2 }, 'de'],
    ['a long text', { type: 'string', minLength: 6 }, 'demo..'],
    ['a date', { type: 'string', format: 'date' }, '2026-01-01'],
    ['a number within bounds', { type: 'integer', minimum: 3, maximum: 9 }, 3],
    ['a number below one', { type: 'number', maximum: -2.5 }, -2.5],
    ['a number beyond a bound', { type: 'integer', exclusiveMinimum: 4 }, 5],
    ['a multiple', { type: 'integer', minimum: 11, multipleOf: 5 }, 15],
    ['a fraction', { type: 'number', minimum: 0.1, maximum: 0.2 }, 0.2],
    ['an object by its properties alone', { properties: { a: {} } }, { a: 'demo' }],
    ['what is required though unknown', { required: ['a'] }, { a: 'demo' }],
    ['items in number', { type: 'array', items: { type: 'integer' }, minItems: 3 }, [1, 1, 1]],
    [
      'items that differ',
      { type: 'array', items: { enum: ['a', 'b', 'c'] }, minItems: 3, uniqueItems: true },
      ['a', 'b', 'c'],
    ],
    ['no items where none may be', { type: 'array', maxItems: 0 }, []],
    ['leading items', { prefixItems: [{ const: 1 }, { const: 2 }] }, [1, 2]],
    ['a branch that can be', { anyOf: [false, { $ref: '#/none' }, { const: 1 }] }, 1],
    [
      'a branch and what stands beside it',
      { properties: { a: { const: 1 } }, oneOf: [{ properties: { b: { const: 2 } } }] },
      { a: 1, b: 2 },
    ],
    [
      'all of several',
      {
        allOf: [{ properties: { a: { minimum: 2 } } }, { $ref: '#/$defs/b' }],
        $defs: { b: { properties: { a: { minimum: 3 } } } },
      },
      { a: 3 },
    ],
    [
      'a reference with escapes',
      { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': { const: 'found' } } },
      'found',
    ],
    ['no optional property that cannot be', { properties: { a: false, b: {} } }, { b: 'demo' }],
  ])('is %s', (_, schema, value) => {
    expect(satisfySchema(schema)).toEqual(value)
  })

  it.each<[string, unknown]>([
    ['false', false],
    ['an empty enumeration', { enum: [] }],
    ['bounds that cross', { type: 'integer', minimum: 5, maximum: 4 }],
    ['a required property of none', { required: ['a'], properties: { a: false } }],
    ['a reference to nothing', { $ref: '#/$defs/none' }],
    ['a reference out of the schema', { $ref: 'https://example.com/schema' }],
    ['a reference to itself', { $ref: '#' }],
    ['a loop of alternatives', { allOf: [{ $ref: '#' }] }],
    ['endless need', { required: ['a'], properties: { a: { $ref: '#' } } }],
    ['too many items', { type: 'array', minItems: 1e9 }],
    ['too long a text', { type: 'string', minLength: 1e9 }],
    ['too many properties', { type: 'object', minProperties: 1e9 }],
  ])('is not found for %s', (_, schema) => {
    expect(satisfySchema(schema)).toBeUndefined()
  })

  it('ends in a recursive schema', () => {
    const schema = {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
          },
          required: ['name', 'next', 'children'],
        },
      },
    }
    expect(JSON.stringify(satisfySchema(schema)).length).toBeLessThan(10_000)
  })

  it('ends in a schema that grows at every step', () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`)
    const schema = {
      type: 'object',
      required: names,
      properties: Object.fromEntries(names.map((name) => [name, { $ref: '#' }])),
    }
    expect(satisfySchema(schema)).toBeUndefined()
  })

  const leaf = fc.oneof(
    fc.constantFrom<z.ZodType>(
      z.string(),
      z.boolean(),
      z.null(),
      z.email(),
      z.uuid(),
      z.iso.date(),
    ),
    fc.tuple(fc.nat(20), fc.nat(20)).map(([low, more]) =>
      z
        .string()
        .min(low)
        .max(low + more),
    ),
    fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(9)).map(([low, more]) =>
      z
        .int()
        .min(low)
        .max(low + more),
    ),
    fc.constantFrom<z.ZodType>(z.enum(['a', 'b']), z.literal(7), z.number().gt(0.5).lt(0.75)),
  )
  const { schema: anySchema } = fc.letrec<{ schema: z.ZodType }>((tie) => ({
    schema: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc
        .dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('schema'), { maxKeys: 4 })
        .map((shape) => z.strictObject(shape)),
      fc.tuple(tie('schema'), fc.nat(3)).map(([item, least]) => z.array(item).min(least)),
      fc.tuple(tie('schema'), tie('schema')).map(([one, other]) => z.union([one, other])),
      tie('schema').map((schema) => z.nullable(schema)),
    ),
  }))

  it('passes the validation of the schema that it was made for', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        const found = satisfySchema(z.toJSONSchema(schema))
        expect(schema.safeParse(found).error).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })
})

describe('a text for a pattern', () => {
  it.each([
    '^[A-Z]{3}-\\d{4}$',
    '^(?:\\+\\d{1,3} )?\\(\\d{3}\\) \\d{3}-\\d{4}$',
    '^#[0-9a-fA-F]{6}$',
    '^[^aeiou0-9_ -]+x?$',
    '^(foo|bar)+\\.json$',
    '^v(?<major>\\d+)\\.(\\d+)\\.\\d+(-[\\w.]+)?$',
    '^[\\w.+-]+@[\\w-]+\\.[a-z]{2,}$',
    '^\\u0041\\x42\\/$',
    '^$',
  ])('matches %s', (pattern) => {
    const sample = samplePattern(pattern)
    expect(sample).toBeDefined()
    expect(sample).toMatch(new RegExp(pattern))
  })

  it.each(['(?=a)b', '(a)\\1', '[z-a]', '(', '[', 'a{5000}', '*', 'a)', '\\p{L}'])(
    'is not guessed for %s',
    (pattern) => {
      expect(samplePattern(pattern)).toBeUndefined()
    },
  )

  it('is found quickly for an endless pattern', () => {
    expect(samplePattern('^((((a+)+)+)+)+!$')).toBe('a!')
  })
})
