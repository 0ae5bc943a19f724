/** Parts that only Gemini knows, on their way to its clients. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '#model'
import { gemini } from '#protocols'
import { toSignature } from '../../../src/protocols/gemini/thoughts/thought-signatures.ts'
import { ANSWER, codecOf } from '../../tools/protocols/byte-codec.ts'
import {
  decodePieces,
  encode,
  partsOf,
  piece,
  readPieces,
  toJson,
} from '../../tools/protocols/gemini/codec.ts'

const { encodeMessage } = codecOf(gemini)

const CODE = { executableCode: { language: 'PYTHON', code: 'print(1)' } }
const RESULT = { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } }
const IMAGE = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }

describe.each([
  ['code that ran', [CODE, RESULT, { text: 'It is 1.' }]],
  ['an image', [{ text: 'Look: ' }, IMAGE, { text: ' so.' }]],
])('%s', (_name, parts) => {
  const isSaid = (part: JsonObject) => part.text !== ''

  it('passes unchanged in a stream', () => {
    const events = decodePieces(
      ...parts.map((part) => piece([part])),
      piece([{ text: '' }], 'STOP'),
    )
    expect(partsOf(...toJson(encode(events))).filter(isSaid)).toEqual(parts)
  })

  it('passes unchanged in a complete answer', () => {
    const answer = readPieces(piece(parts, 'STOP'))
    expect(partsOf(encodeMessage(answer, ANSWER))).toEqual(parts)
  })
})

it('an invalid image is not sent to a client that would fail', () => {
  const broken = { inlineData: { mimeType: 'image/png', data: '***' } }
  const events = decodePieces(piece([broken, { text: 'a' }], 'STOP'))
  expect(partsOf(...toJson(encode(events))).filter(({ text }) => text !== '')).toEqual([
    { text: 'a' },
  ])
})

it('reasoning keeps its signature next to code', () => {
  const thought = { text: 'Hm', thought: true, thoughtSignature: 'c2ln' }
  const { parts } = readPieces(piece([thought, CODE, RESULT], 'STOP'))
  expect(parts.map(({ kind }) => kind)).toEqual(['reasoning', 'native', 'native'])
  expect(parts[0]).toMatchObject({
    text: 'Hm',
    signature: toSignature('gemini', 'thought', 'c2ln'),
  })
})
