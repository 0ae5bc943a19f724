import { describe, expect, it } from 'vitest'
import { foreignSignature, originOf } from '../../../src/protocols/thoughts/reasoning-origin.ts'

describe('the origin of thoughts that nobody signed', () => {
  it.each(['deepseek', 'my.server', 'local-1'])('is read from where it was written: %s', (name) => {
    expect(originOf(foreignSignature(name, 'chatcmpl-1.2.3'))).toBe(name)
  })

  it.each(['ErUBCkYIBhgCIkD', '', 'sluice.', 'sluice.deepseek', 'sluicey.deepseek.1'])(
    'is not told by a signature of another kind: %j',
    (signature) => {
      expect(originOf(signature)).toBeUndefined()
    },
  )
})
