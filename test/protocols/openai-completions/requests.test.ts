/** What an editor asks for, in the vocabulary and back. */
import { describe, expect, it } from 'vitest'
import { GatewayError, type ModelRequest } from '#model'
import {
  decodeRequest,
  encodeRequest,
  request,
  TARGET,
} from '../../tools/protocols/openai-completions/codec.ts'

const decoded = (more: Record<string, unknown>) => decodeRequest({ model: 'm', ...more })

const faultOf = (act: () => unknown) => {
  try {
    act()
  } catch (thrown) {
    if (thrown instanceof GatewayError) return { code: thrown.code, param: thrown.param }
    throw thrown
  }
  throw new Error('It was taken.')
}

describe('a prompt', () => {
  it.each([
    ['a text', 'def f('],
    ['a list of one text', ['def f(']],
  ])('may be %s', (_what, prompt) => {
    expect(decoded({ prompt })).toEqual({
      model: 'm',
      stream: false,
      tools: [],
      turns: [{ role: 'user', parts: [{ kind: 'text', text: 'def f(' }] }],
    })
  })

  it('is the complete turn if the suffix is null or empty', () => {
    const alone = decoded({ prompt: 'a' })
    expect(decoded({ prompt: 'a', suffix: null })).toEqual(alone)
    expect(decoded({ prompt: 'a', suffix: '' })).toEqual(alone)
  })

  it('is in one turn with its suffix, after an instruction', () => {
    const { turns } = decoded({ prompt: 'def f(', suffix: ')\n  return 1' })
    expect(turns.map(({ role }) => role)).toEqual(['system', 'user'])
    expect(turns[1]?.parts).toEqual([
      { kind: 'text', text: '<prefix>def f(</prefix>\n<suffix>)\n  return 1</suffix>' },
    ])
  })

  it('may be empty if there is text after the cursor', () => {
    expect(decoded({ prompt: '', suffix: 'x' }).turns).toHaveLength(2)
  })
})

it('keeps limits, sampling, stops, the user and the usage option', () => {
  expect(
    decoded({
      prompt: 'a',
      max_tokens: 64,
      temperature: 0.1,
      top_p: 0.9,
      stop: ['\n\n', '</s>'],
      user: 'u',
      stream: true,
      stream_options: { include_usage: true },
      echo: false,
      n: 1,
      best_of: 1,
      logprobs: null,
    }),
  ).toMatchObject({
    maxOutputTokens: 64,
    temperature: 0.1,
    topP: 0.9,
    stopSequences: ['\n\n', '</s>'],
    userId: 'u',
    stream: true,
    usageInStream: true,
  })
  expect(decoded({ prompt: 'a', stop: '\n' }).stopSequences).toEqual(['\n'])
  expect(decoded({ prompt: 'a', echo: false, logprobs: null })).not.toHaveProperty('extensions')
})

it('keeps fields that only this protocol has', () => {
  expect(decoded({ prompt: 'a', logit_bias: {}, logprobs: 2 }).extensions).toEqual({
    'openai-completions': { logit_bias: {}, logprobs: 2 },
  })
})

it.each([
  ['prompt', {}],
  ['prompt', { prompt: null }],
  ['prompt', { prompt: 7 }],
  ['prompt', { prompt: {} }],
  ['prompt', { prompt: '' }],
  ['prompt', { prompt: [] }],
  ['prompt', { prompt: [''] }],
  ['prompt', { prompt: ['a', 'b'] }],
  ['prompt', { prompt: [1, 2, 3] }],
  ['prompt[0]', { prompt: [1] }],
  ['prompt[0]', { prompt: [[1, 2]] }],
  ['suffix', { prompt: 'a', suffix: 7 }],
  ['suffix', { prompt: 'a', suffix: ['b'] }],
  ['echo', { prompt: 'a', echo: true }],
  ['echo', { prompt: 'a', echo: 'yes' }],
  ['n', { prompt: 'a', n: 2 }],
  ['n', { prompt: 'a', n: '1' }],
  ['best_of', { prompt: 'a', best_of: 3 }],
  ['max_tokens', { prompt: 'a', max_tokens: -1 }],
  ['max_tokens', { prompt: 'a', max_tokens: 1.5 }],
  ['temperature', { prompt: 'a', temperature: 'hot' }],
  ['top_p', { prompt: 'a', top_p: [] }],
  ['stop', { prompt: 'a', stop: 7 }],
  ['stop[1]', { prompt: 'a', stop: ['a', 7] }],
  ['stream_options', { prompt: 'a', stream_options: true }],
  ['stream_options.include_usage', { prompt: 'a', stream_options: { include_usage: 'yes' } }],
  ['user', { prompt: 'a', user: 7 }],
])('names %s if it is invalid: %o', (param, more) => {
  expect(faultOf(() => decoded(more))).toEqual({ code: 'invalid_request', param })
})

describe('towards an upstream', () => {
  it('is the prompt that it was', () => {
    const body = {
      prompt: 'def f(',
      max_tokens: 64,
      temperature: 0.1,
      stop: ['\n'],
      seed: 7,
      stream: true,
    }
    expect(encodeRequest(decodeRequest({ model: 'm', ...body }), TARGET)).toMatchObject({
      body: { ...body, model: 'davinci-002', stream_options: { include_usage: true } },
      dropped: [],
    })
  })

  it('names fields without an equivalent, and hides the user', () => {
    const { body, dropped } = encodeRequest(
      request({
        topK: 3,
        reasoning: { effort: 'low' },
        stopSequences: ['a', 'b', 'c', 'd', 'e'],
        userId: 'me',
        maxOutputTokens: 900,
        extensions: { 'openai-chat': { seed: 1 } },
      }),
      { ...TARGET, maxOutputTokens: 500 },
    )
    expect(body).toMatchObject({ stop: ['a', 'b', 'c', 'd'], max_tokens: 500 })
    expect(body.user).toMatch(/^[0-9a-f]{64}$/)
    expect(dropped.toSorted()).toEqual(['seed', 'stop_sequences', 'thinking', 'top_k'])
  })

  const turn = (role: 'system' | 'user' | 'assistant') =>
    ({ role, parts: [{ kind: 'text', text: 'a' }] }) as const

  it.each<[string, Partial<ModelRequest>]>([
    ['messages', { turns: [] }],
    ['messages', { turns: [turn('assistant')] }],
    ['messages', { turns: [turn('system'), turn('user')] }],
    ['messages', { turns: [turn('user'), turn('assistant')] }],
    [
      'messages',
      {
        turns: [
          { role: 'user', parts: [{ kind: 'image', source: { kind: 'url', url: 'https://a' } }] },
        ],
      },
    ],
    ['tools', { tools: [{ kind: 'function', name: 'f' }] }],
    ['response_format', { answerFormat: { kind: 'json' } }],
  ])('names %s if that is more than one text', (param, fields) => {
    expect(faultOf(() => encodeRequest(request(fields), TARGET))).toEqual({
      code: 'invalid_request',
      param,
    })
  })
})
