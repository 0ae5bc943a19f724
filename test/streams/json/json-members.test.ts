import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findMember, findMembers, JsonShapeError, toWordSearch } from '#streams'

const find = (json: string, maxDepth = 512) => {
  const bytes = Buffer.from(json)
  return findMembers(bytes, maxDepth).map(({ key, start, end }) => [
    key,
    bytes.toString('utf8', start, end),
  ])
}

const anyObject = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 6 }), {
  noNullPrototype: true,
})

/** The same object at any place in memory, since the search goes by words. */
const shifted = (json: string, by: number): Buffer => {
  const room = Buffer.alloc(Buffer.byteLength(json) + by)
  room.write(json, by)
  return room.subarray(by)
}

describe('the members of an object', () => {
  it('are found with the bytes of their values', () => {
    expect(find(' { "model" : "gpt" ,\n"n":-1.5e3, "a":[{"b":"]}"}], "t":true }\r\n')).toEqual([
      ['model', '"gpt"'],
      ['n', '-1.5e3'],
      ['a', '[{"b":"]}"}]'],
      ['t', 'true'],
    ])
  })

  it('are all reported if a key is repeated, also if it is spelt with escapes', () => {
    expect(find(String.raw`{"model":1,"mod\u0065l":2}`)).toEqual([
      ['model', '1'],
      ['model', '2'],
    ])
  })

  it('are those that a parser finds, in any object and at any place in memory', () => {
    fc.assert(
      fc.property(
        anyObject,
        fc.nat(7),
        fc.constantFrom(undefined, 1, '\t'),
        (object, by, space) => {
          const bytes = shifted(JSON.stringify(object, null, space), by)
          const found = findMembers(bytes, 512)
          const parsed = found.map(({ key, start, end }) => [
            key,
            JSON.parse(bytes.toString('utf8', start, end)),
          ])
          expect(parsed).toEqual(Object.entries(JSON.parse(bytes.toString())))
        },
      ),
    )
  })

  it('end at unescaped quotes, after any run of backslashes', () => {
    for (let length = 0; length < 12; length++) {
      const text = `${'x'.repeat(length)}${'\\'.repeat(length)}"`
      const json = JSON.stringify({ text, model: 'm' })
      expect(find(json)).toEqual([
        ['text', JSON.stringify(text)],
        ['model', '"m"'],
      ])
    }
  })

  it('end where a long string ends, wherever it has quotes and backslashes', () => {
    const run = fc.tuple(fc.nat(400), fc.constantFrom('"', '\\', '\\"', 'é'))
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), fc.nat(7), (runs, by) => {
        const text = runs.map(([length, mark]) => 'x'.repeat(length) + mark).join('')
        const bytes = shifted(JSON.stringify({ text, model: 'm' }), by)
        const values = findMembers(bytes, 512).map(({ start, end }) =>
          bytes.toString('utf8', start, end),
        )
        expect(values).toEqual([JSON.stringify(text), '"m"'])
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['another value', '[]'],
    ['a string that never ends', '{"a":"b'],
    ['a string that ends in a backslash', '{"a":"b\\'],
    ['brackets that do not match', '{"a":[}'],
    ['brackets that stay open', '{"a":[{}'],
    ['a key without a value', '{"a"}'],
    ['a key that is no string', '{a:1}'],
    ['a comma too many', '{"a":1,}'],
    ['a comma too few', '{"a":1 "b":2}'],
    ['a bare word', '{"a":yes}'],
    ['a number with a zero in front', '{"a":01}'],
    ['something behind the object', '{} {}'],
    ['an escape that is none, in a key', String.raw`{"\x":1}`],
  ])('are not looked for in %s', (_, json) => {
    expect(() => find(json)).toThrow(JsonShapeError)
  })

  it('may be nested as deep as is allowed, and no deeper', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    expect(find(nested(512))).toHaveLength(1)
    expect(() => find(nested(513))).toThrow('nested deeper than 512 levels')
    expect(() => find(nested(200_000))).toThrow(JsonShapeError)
  })

  it('are refused, not misread, if any byte of the outline is lost', () => {
    fc.assert(
      fc.property(anyObject, fc.nat(), (object, at) => {
        const json = JSON.stringify(object)
        const cut = json.slice(0, at % json.length)
        expect(() => find(cut)).toThrow(JsonShapeError)
      }),
    )
  })
})

describe('the values of an object', () => {
  const holding = (values: string) => Buffer.from(`{"model":"gpt","messages":[${values}]}`)
  const countedUpTo = (values: string, most: number) => () =>
    findMembers(holding(values), 512, most)

  it.each([
    ['empty objects', '{},{},{},{}'],
    ['numbers', '1,2,3,4'],
    ['strings', '"a,b","[","{","d"'],
    ['lists in lists', '[[[[]]]]'],
    ['members', '{"a":1,"b":2,"c":3}'],
  ])('are counted without a look at them: %s', (_, values) => {
    expect(countedUpTo(values, 12)).not.toThrow()
    expect(countedUpTo(values, 3)).toThrow('The body holds more than 3 JSON values.')
  })

  it('are not counted to the end if there are too many', () => {
    // What follows them is never seen.
    const values = `${'{},'.repeat(20)} nothing that is JSON }`
    expect(countedUpTo(values, 12)).toThrow('The body holds more than 12 JSON values.')
  })

  it('are counted over all members together', () => {
    const bytes = Buffer.from('{"a":[1,2,3],"b":[4,5,6],"c":[7,8,9]}')
    expect(() => findMembers(bytes, 512, 8)).toThrow(JsonShapeError)
    expect(findMembers(bytes, 512, 9)).toHaveLength(3)
  })
})

describe('an object of very many members', () => {
  const bytes = Buffer.from(`{${'"":1,'.repeat(20_000)}"last":2}`)

  it('is refused if all of them would be held', () => {
    expect(() => findMembers(bytes, 512)).toThrow('The body has more than 10000 fields.')
  })

  it('is searched for one of them, of which the last counts', () => {
    expect(findMember(bytes, 'last', 512)).toEqual({
      start: bytes.length - 2,
      end: bytes.length - 1,
    })
    expect(findMember(bytes, '', 512)?.end).toBe(1 + 20_000 * 5 - 1)
    expect(findMember(bytes, 'none', 512)).toBeUndefined()
  })
})

describe('words that are searched during the scan', () => {
  const sought = toWordSearch(['source', 'tool_use', 'tool_uses', 'a'])
  const wordsIn = (json: string) =>
    findMembers(Buffer.from(json), 512, Infinity, sought).map(({ key, words }) => [
      key,
      words && [...words],
    ])

  it.each([
    ['a key', '{"m":[{"source":1}]}', ['source']],
    ['a value', '{"m":[{"type":"tool_use"}]}', ['tool_use']],
    ['several', '{"m":{"a":"tool_use","b":["a","tool_uses"]}}', ['a', 'tool_use', 'tool_uses']],
    ['a part of a longer one', '{"m":["tool_used","my_tool_use","sources","b"]}', undefined],
    ['in a text', String.raw`{"m":["the \"source\" of it"]}`, undefined],
    ['an empty one', '{"m":[""]}', undefined],
    ['one of the same length', '{"m":["secure","b"]}', undefined],
    ['one of a length that is larger by 32', `{"m":["${'tool_use'.padEnd(40)}"]}`, undefined],
  ])('are found if they are a complete string: %s', (_, json, words) => {
    expect(wordsIn(json)).toEqual([['m', words]])
  })

  it('are distinguished by their member', () => {
    const json = '{"source":"source","tools":[{"source":1}],"n":1,"messages":["tool_use"],"o":{}}'
    expect(wordsIn(json)).toEqual([
      ['source', undefined],
      ['tools', ['source']],
      ['n', undefined],
      ['messages', ['tool_use']],
      ['o', undefined],
    ])
  })
})
