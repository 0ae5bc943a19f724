import { describe, expect, it } from 'vitest'
import {
  decodeStored,
  encodeStored,
  type StoredAnswer,
} from '../../../src/gateway/cache/stored-answer.ts'

const ANSWER: StoredAnswer = {
  headers: ['content-type', 'application/json'],
  isStream: false,
  served: {
    target: { provider: 'openai', model: 'modèle' },
    lane: 'relay',
    protocol: 'openai-chat',
    cost: 0.5,
  },
  body: 'caf\u00c3\u00a9\nand a second line',
}

describe('an answer that is kept', () => {
  it('is the same when it is read', () => {
    const stored = encodeStored(ANSWER)
    expect(/^[\0-\xff]*$/.test(stored)).toBe(true)
    expect(decodeStored(stored)).toEqual(ANSWER)
  })

  it.each([
    '',
    'text',
    '{}\n',
    '[]\nbody',
    '{"headers":["content-type",1],"isStream":false,"served":{}}\nbody',
    '{"headers":[],"isStream":1,"served":{}}\nbody',
    '{"headers":[],"isStream":true,"served":null}\nbody',
    '{"headers":[],"isStream":true,"served":{"target":{"provider":"a","model":"b"},"cost":"0"}}\nbody',
    '{"headers":[],"isStream":true,"served":{"target":{"provider":"a"},"cost":0}}\nbody',
    '{"headers":[],"isStream":true,"served":{"target":{"provider":"a","model":"b"},"cost":0}}',
  ])('is not read from %j', (stored) => expect(decodeStored(stored)).toBeUndefined())
})
