import { describe, expect, it } from 'vitest'
import { foreignSignature, originOf } from '../../../src/protocols/thoughts/reasoning-origin.ts'

describe('the origin of unsigned reasoning', () => {
  it.each(['deepseek', 'my.server', 'local-1'])('is read from its field: %s', (name) => {
    expect(originOf(foreignSignature(name, 'chatcmpl-1.2.3'))).toBe(name)
  })

  it.each(['ErUBCkYIBhgCIkD', '', 'sluice.', 'sluice.deepseek', 'sluicey.deepseek.1'])(
    'is not found in a signature of another kind: %j',
    (signature) => {
      expect(originOf(signature)).toBeUndefined()
    },
  )
})
