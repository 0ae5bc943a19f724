import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createToolNames,
  toWireToolName,
} from '../../../../src/protocols/requests/tools/tool-names.ts'

describe('a tool name', () => {
  it.each(['a', 'get_weather-2', 'x'.repeat(64)])('%s stays unchanged', (name) => {
    expect(toWireToolName(name)).toBe(name)
  })

  it('that is too long or has other characters becomes one that every vendor accepts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (name) => {
        expect(toWireToolName(name)).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
        expect(toWireToolName(name)).toBe(toWireToolName(name))
      }),
    )
  })

  it('differs from every other with the same beginning', () => {
    const long = 'x'.repeat(70)
    expect(toWireToolName(`${long}1`)).not.toBe(toWireToolName(`${long}2`))
    expect(toWireToolName('a.b')).not.toBe(toWireToolName('a/b'))
    expect(toWireToolName('a.b')).not.toBe('a_b')
  })
})

describe('the names of a request', () => {
  it('remember what was changed, and only that', () => {
    const names = createToolNames()
    const wire = names.toWire('a.b')
    names.toWire('fine')
    expect([...names.changed]).toEqual([[wire, 'a.b']])
  })
})
