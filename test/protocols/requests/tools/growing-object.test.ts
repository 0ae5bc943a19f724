/** Whether arguments that come in pieces are a complete object yet. */
import { expect, it } from 'vitest'
import { isJsonObject } from '#model'
import { createGrowingObject } from '#protocols'

const TEXTS = [
  '{}',
  ' {"a": {"b": [1, "}"]}} \n',
  '{"a": "\\"}{\\\\"}',
  '{"a": 1} {',
  '{a}',
  '[{}]',
  'x {}',
  '"{}"',
  '{"a": [}]}',
  '',
]

const isObject = (text: string): boolean => {
  try {
    return isJsonObject(JSON.parse(text))
  } catch {
    return false
  }
}

it.each(TEXTS)('agrees with JSON after every character of %j', (text) => {
  const growing = createGrowingObject()
  for (const [at, character] of [...text].entries()) {
    growing.add(character)
    expect(growing.isWhole).toBe(isObject(text.slice(0, at + 1)))
  }
  expect(growing.raw).toBe(text)
})
