/** The names of files, and the parameters of headers. */
import { describe, expect, it } from 'vitest'
import { fileNameOf, readHeaderValue, toFileName } from '../../../src/server/uploads/file-name.ts'

const nameIn = (header: string) => fileNameOf(readHeaderValue(header)?.parameters ?? new Map())

describe('the name of a file', () => {
  it.each([
    ['photo.png', 'photo.png'],
    ['/etc/passwd', 'passwd'],
    [String.raw`C:\Users\ann\photo.png`, 'photo.png'],
    ['a\r\nb\0.txt', 'ab.txt'],
    ['gpj\u202e.exe', 'gpj.exe'],
    ['..', 'file'],
    ['', 'file'],
    ['   ', 'file'],
    [undefined, 'file'],
    ['half \ud800', 'half \ufffd'],
    ['😀'.repeat(300), '😀'.repeat(255)],
  ])('%j becomes %j', (given, name) => {
    expect(toFileName(given)).toBe(name)
  })

  it.each([
    ['attachment; filename="a b.txt"', 'a b.txt'],
    ['attachment; filename=a.txt', 'a.txt'],
    [String.raw`attachment; filename="say \"hello\".txt"`, 'say "hello".txt'],
    [`attachment; filename="a.txt"; filename*=UTF-8''%e4%b8%96.txt`, '世.txt'],
    [`attachment; filename="a.txt"; filename*=UTF-8''%ff`, 'a.txt'],
    ['attachment', undefined],
    ['attachment; filename="a', undefined],
    ['attachment; filename=a; filename=b', undefined],
  ])('in %s is %j', (header, name) => {
    expect(nameIn(header)).toBe(name)
  })
})

it('a header with many quotes is read at once', () => {
  const began = performance.now()
  readHeaderValue(`form-data; name="${'\\'.repeat(200_000)}`)
  readHeaderValue(`form-data${'; a'.repeat(100_000)}`)
  expect(performance.now() - began).toBeLessThan(2_000)
})
