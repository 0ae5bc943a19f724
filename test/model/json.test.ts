/** JSON from outside. */
import { expect, it } from 'vitest'
import { parseObject } from '#model'

it.each(['', '{', 'null', '7', '"{}"', '[{}]'])('%s holds no object', (text) => {
  expect(parseObject(text)).toBeUndefined()
})

it('an object is found between blanks', () => {
  expect(parseObject(' {"a": [1]}\n')).toEqual({ a: [1] })
})
