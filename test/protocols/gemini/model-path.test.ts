/** Where a model's name may lead in a path. */
import { expect, it } from 'vitest'
import { gemini, geminiBatchEmbedContents, geminiEmbedContent } from '#protocols'

const PATHS = [
  (model: string) => gemini.toPath(model, true),
  (model: string) => gemini.counting?.toPath(model) ?? '',
  geminiEmbedContent.toPath,
  geminiBatchEmbedContents.toPath,
]

it.each(PATHS)('a name is one name, whatever it contains', (toPath) => {
  expect(toPath('a b\n?c#d:e')).toMatch(/^\/models\/a%20b%0A%3Fc%23d%3Ae:/)
  expect(toPath('tuned/mine')).toMatch(/^\/models\/tuned\/mine:/)
})

it.each(PATHS)('a name that leads upwards is refused', (toPath) => {
  expect(() => toPath('../../secrets')).toThrow('no name of a model')
})
