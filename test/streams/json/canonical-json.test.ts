import { describe, expect, it } from 'vitest'
import { toCanonicalJson } from '#streams'

describe('canonical JSON', () => {
  it.each([
    ['spaces', '{"a":[1,{"b":"c d"}]}', ' {\n "a" : [ 1 ,\t{ "b":"c d" } ]\r\n} '],
    ['the order of members', '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}'],
    ['needless escapes', '{"a":"é/\\n\\""}', '{"\\u0061":"\\u00e9\\/\\u000a\\u0022"}'],
    ['backslashes before a quote', '["\\\\","\\\\\\""]', '[ "\\\\", "\\u005c\\"" ]'],
    ['nothing in it', '[{},[],""]', ' [ { } , [ ] , "" ] '],
  ])('does not depend on %s', (_, one, other) => {
    expect(toCanonicalJson(other)).toBe(one)
    expect(toCanonicalJson(one)).toBe(one)
  })

  it.each([
    ['large numbers', '[12345678901234567890]', '[12345678901234567891]'],
    ['spellings of a number', '[1]', '[1.0]'],
    ['numbers and strings', '[1]', '["1"]'],
    ['the order of a list', '[1,2]', '[2,1]'],
    ['which member of a name is the last', '{"a":1,"a":2}', '{"a":2,"a":1}'],
    ['null and a member that is absent', '{"a":null}', '{}'],
    ['names of prototypes', '{"__proto__":1}', '{"__proto__":2}'],
    ['spaces in a string', '["a b"]', '["ab"]'],
    ['what is a string, and what is beside it', '{"a":"b,c:d"}', '{"a":"b","c":"d"}'],
  ])('keeps apart %s', (_, one, other) => {
    expect(toCanonicalJson(one)).toBeDefined()
    expect(toCanonicalJson(one)).not.toBe(toCanonicalJson(other))
  })

  it.each(['', '{', '[1', '{"a"}', '{"a":}', '{a:1}', '[1 2]', '{"a":1}x', '"a', '[,]', '"\\x"'])(
    'is not made of %j',
    (text) => expect(toCanonicalJson(text)).toBeUndefined(),
  )

  it('is not made of what is too deep', () => {
    expect(toCanonicalJson('['.repeat(1_000_000))).toBeUndefined()
  })
})
