/** Whole answers of Gemini and its errors, judged without a stream. */

import { describe, expect, it } from 'vitest'

import { checkGeminiAnswer, checkGeminiError } from './index.ts'

const answer = (parts: object[], candidate: object = {}, fields: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0, ...candidate }],
  usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4, totalTokenCount: 13 },
  modelVersion: 'gemini-3-pro',
  responseId: 'r1',
  ...fields,
})

const TEXT = { text: 'Hello' }
const call = (id: string) => ({ functionCall: { id, name: 'read', args: {} } })
const usage = (fields: object) => ({
  usageMetadata: { promptTokenCount: 9, totalTokenCount: 13, ...fields },
})

describe('a Gemini answer', () => {
  it('passes as text, as calls, and as a refused prompt', () => {
    expect(checkGeminiAnswer(answer([TEXT]), { model: 'gemini-3-pro' })).toEqual([])
    expect(checkGeminiAnswer(answer([call('a'), call('b')]))).toEqual([])
    const blocked = { candidates: undefined, promptFeedback: { blockReason: 'SAFETY' } }
    expect(checkGeminiAnswer(answer([], {}, blocked))).toEqual([])
  })

  it.each([
    [answer([TEXT], { finishReason: undefined }), 'a candidate has no finishReason'],
    [answer([]), 'candidate 0 has no parts: its clients would forget the whole turn'],
    [answer([{}]), 'a part holds nothing'],
    [answer([call('a'), call('a')]), "the function call id 'a' is used twice"],
    [
      answer([TEXT], {}, { usageMetadata: undefined }),
      'a finishReason comes without usageMetadata',
    ],
    [
      answer([TEXT], {}, usage({ thoughtsTokenCount: 2 })),
      'totalTokenCount is not the sum of the other counts',
    ],
    [answer([TEXT], {}, { candidates: [] }), 'a response has neither candidates nor a blockReason'],
    [{ ...answer([TEXT]), error: { code: 500 } }, 'an answer has an error'],
    [[answer([TEXT])], 'the data is an array, not an object'],
  ])('is refused: %#', (body, violation) => {
    expect(checkGeminiAnswer(body)).toEqual([violation])
  })

  it('is refused for another model', () => {
    expect(checkGeminiAnswer(answer([TEXT]), { model: 'gpt-5' })).toEqual([
      "the modelVersion is 'gemini-3-pro', not 'gpt-5'",
    ])
  })
})

describe('an error of Gemini', () => {
  const error = { code: 400, message: 'No such field.', status: 'INVALID_ARGUMENT' }

  it('passes with and without details', () => {
    expect(checkGeminiError({ error })).toEqual([])
    const details = [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [] }]
    expect(checkGeminiError({ error: { ...error, details } })).toEqual([])
  })

  it.each([
    [{ error: { ...error, message: '' } }, "error.message is '', not a filled string"],
    [{ error: { ...error, code: '400' } }, 'error.code is not the number of a failure'],
    [{ error: { ...error, code: 200 } }, 'error.code is not the number of a failure'],
    [
      { error: { ...error, status: 'not_found' } },
      'error.status is "not_found", which the protocol does not know',
    ],
    [{ error: { ...error, status: 'NOT_FOUND' } }, 'the code 400 does not mean NOT_FOUND'],
    [
      { error: { ...error, details: [{ reason: 'x' }] } },
      'error.details[0].@type is missing, not a filled string',
    ],
    [[{ error }], 'the data is an array, not an object'],
  ])('is refused: %#', (body, violation) => {
    expect(checkGeminiError(body)).toEqual([violation])
  })
})
