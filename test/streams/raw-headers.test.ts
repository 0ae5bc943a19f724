/** Headers as names and values in turn. */
import { expect, it } from 'vitest'
import { filterHeaders, headerOf, toHeaderLines, toHeaderRecord } from '#streams'

const HEADERS = ['Content-Type', 'text/plain', 'x-a', '1', 'x-a', '2', 'x-cut']

it('a header is found by its name in any case; of several, the first', () => {
  expect(headerOf(HEADERS, 'content-type')).toBe('text/plain')
  expect(headerOf(HEADERS, 'x-a')).toBe('1')
  expect(headerOf(HEADERS, 'text/plain')).toBeUndefined()
})

it('a name without a value is not a header', () => {
  expect(headerOf(HEADERS, 'x-cut')).toBeUndefined()
  expect(filterHeaders(HEADERS, (name) => name === 'x-cut')).toEqual([])
})

it('headers are filtered by name, in their order', () => {
  expect(filterHeaders(HEADERS, (name) => name === 'x-a')).toEqual(['x-a', '1', 'x-a', '2'])
})

it('an object has the last of several', () => {
  expect(toHeaderRecord(HEADERS)).toEqual({ 'Content-Type': 'text/plain', 'x-a': '2' })
})

it('lines have the form in which they are sent', () => {
  expect(toHeaderLines(HEADERS)).toEqual(['Content-Type: text/plain', 'x-a: 1', 'x-a: 2'])
})
