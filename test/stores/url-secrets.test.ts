import { expect, it } from 'vitest'
import { urlSecrets } from '#stores'

it('finds the password of an address, as it is written and as it is sent', () => {
  expect(urlSecrets('redis://user:a%2Fb@host:6379')).toEqual(['a%2Fb', 'a/b'])
  expect(urlSecrets('rediss://:plain@host')).toEqual(['plain'])
  expect(urlSecrets('redis://host')).toEqual([])
  expect(urlSecrets(undefined)).toEqual([])
})
