/** Whole completions and embeddings of OpenAI, judged. */

import { describe, expect, it } from 'vitest'

import { checkCompletionsAnswer, checkEmbeddings } from './index.ts'

const choice = (fields: object = {}) => ({
  text: 'x',
  index: 0,
  logprobs: null,
  finish_reason: 'stop',
  ...fields,
})

const completion = (choices: object[], fields: object = {}) => ({
  id: 'cmpl-1',
  object: 'text_completion',
  created: 1763700000,
  model: 'davinci-002',
  choices,
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  ...fields,
})

describe('a completion', () => {
  it('passes with one choice and with two', () => {
    expect(checkCompletionsAnswer(completion([choice()]), { model: 'davinci-002' })).toEqual([])
    const two = [choice(), choice({ index: 1, finish_reason: 'length' })]
    expect(checkCompletionsAnswer(completion(two))).toEqual([])
  })

  it.each([
    [completion([]), 'choices is empty'],
    [completion([choice({ index: 1 })]), 'choice index 1 should be 0'],
    [
      completion([choice({ finish_reason: null })]),
      "choices[0].finish_reason is null, not 'stop' or 'length' or 'content_filter'",
    ],
    [completion([choice()], { usage: undefined }), 'usage is missing, not an object'],
    [
      completion([choice()], {
        usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 3 },
      }),
      'total_tokens is not prompt_tokens plus completion_tokens',
    ],
    [completion([choice()], { error: { message: 'x' } }), 'an answer has a truthy top-level error'],
    [
      completion([choice()], { object: 'chat.completion' }),
      "object is 'chat.completion', not 'text_completion'",
    ],
  ])('is refused: %#', (body, violation) => {
    expect(checkCompletionsAnswer(body)).toEqual([violation])
  })
})

const embedding = (value: unknown, index = 0) => ({ object: 'embedding', index, embedding: value })

const embeddings = (data: object[], fields: object = {}) => ({
  object: 'list',
  model: 'text-embedding-3-small',
  data,
  usage: { prompt_tokens: 3, total_tokens: 3 },
  ...fields,
})

/** The numbers 1 and 2, little-endian, of four bytes each. */
const PACKED = 'AACAPwAAAEA='

describe('embeddings', () => {
  it('pass as numbers and packed', () => {
    const plain = embeddings([embedding([1, 2]), embedding([0, 1], 1)])
    expect(checkEmbeddings(plain, { inputs: 2, dimensions: 2, format: 'float' })).toEqual([])
    const packed = embeddings([embedding(PACKED)])
    expect(checkEmbeddings(packed, { dimensions: 2, format: 'base64' })).toEqual([])
  })

  it.each([
    [embeddings([]), 'data is empty'],
    [embeddings([embedding([1, 2], 1)]), 'embedding index 1 should be 0'],
    [embeddings([embedding([1]), embedding([1, 2], 1)]), 'embedding 1 has 2 numbers, not 1'],
    [embeddings([embedding([])]), 'embedding 0 has 0 numbers, not 0'],
    [embeddings([embedding('AAAA')]), 'data[0].embedding is not a row of numbers of four bytes'],
    [embeddings([embedding('?')]), 'data[0].embedding is not base64'],
    [embeddings([embedding('AADAfw==')]), 'embedding 0 holds no finite number'],
    [embeddings([embedding([1, null])]), 'data[0].embedding[1] is null, not a number'],
    [
      embeddings([embedding([1])], { usage: { prompt_tokens: 3, total_tokens: 4 } }),
      'total_tokens is not prompt_tokens',
    ],
    [
      embeddings([embedding([1])], { usage: { prompt_tokens: 0, total_tokens: 0 } }),
      'the usage counts no prompt tokens',
    ],
    [embeddings([embedding([1])], { error: {} }), 'an answer has a truthy top-level error'],
  ])('are refused: %#', (body, violation) => {
    expect(checkEmbeddings(body)).toEqual([violation])
  })

  it('are refused if something else was requested', () => {
    const body = embeddings([embedding([1, 2])])
    expect(checkEmbeddings(body, { inputs: 2 })).toEqual(['there are 1 embeddings for 2 inputs'])
    expect(checkEmbeddings(body, { format: 'base64' })).toEqual(['embedding 0 is not base64'])
    expect(checkEmbeddings(body, { dimensions: 3 })).toEqual(['embedding 0 has 2 numbers, not 3'])
    expect(checkEmbeddings(body, { model: 'x' })).toEqual([
      "the model is 'text-embedding-3-small', not 'x'",
    ])
  })
})
