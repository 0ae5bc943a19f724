/** Requests in and out, as far as no strict upstream would notice. */
import { describe, expect, it } from 'vitest'
import { type GatewayError, NO_USAGE, type ReasoningPart } from '#model'
import { gemini } from '#protocols'
import { foreignSignature } from '../../../src/protocols/thoughts/reasoning-origin.ts'
import {
  encode,
  encodeRequest,
  partsOf,
  piece,
  read,
  readPieces,
  request,
  TARGET,
  toJson,
} from '../../tools/protocols/gemini/codec.ts'

const sent = (fields: Parameters<typeof request>[0], target = {}) =>
  encodeRequest(request(fields), { ...TARGET, ...target })

const refusal = (body: object): GatewayError => {
  try {
    read({ ...body })
  } catch (error) {
    return error as GatewayError
  }
  throw new Error('It was taken.')
}

describe('an incoming request', () => {
  it('may be spelt with underscores', () => {
    const { turns, maxOutputTokens } = read({
      system_instruction: { parts: [{ text: 'Be brief.' }] },
      generation_config: { max_output_tokens: 5 },
    })
    expect(turns[0]).toEqual({ role: 'system', parts: [{ kind: 'text', text: 'Be brief.' }] })
    expect(maxOutputTokens).toBe(5)
  })

  it('may be spelt with underscores at every depth, except in the client’s own data', () => {
    const own = { my_key: { inner_key: 1 } }
    const spell = (camel: boolean) => {
      const as = (name: string) =>
        camel ? name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) : name
      const declaration = { name: 'a_b', [as('parameters_json_schema')]: { properties: own } }
      return read({
        contents: [
          { role: 'model', parts: [{ [as('function_call')]: { name: 'a_b', args: own } }] },
          {
            role: 'user',
            parts: [
              { [as('function_response')]: { name: 'a_b', response: own } },
              { [as('inline_data')]: { [as('mime_type')]: 'image/png', data: 'AAAA' } },
              { [as('file_data')]: { [as('file_uri')]: 'https://a.example/b' } },
            ],
          },
        ],
        [as('system_instruction')]: { parts: { text: 'Be brief.' } },
        tools: [{ [as('function_declarations')]: [declaration] }, { [as('google_search')]: {} }],
        [as('tool_config')]: {
          [as('function_calling_config')]: { mode: 'ANY', [as('allowed_function_names')]: ['a_b'] },
        },
        [as('generation_config')]: {
          [as('thinking_config')]: { [as('thinking_budget')]: 100 },
          [as('stop_sequences')]: ['END'],
          [as('response_mime_type')]: 'application/json',
          [as('response_json_schema')]: { properties: own },
          [as('top_k')]: 4,
        },
        [as('safety_settings')]: [],
      })
    }
    expect(spell(false)).toEqual(spell(true))
    expect(JSON.stringify(spell(false)).match(/inner_key/g)).toHaveLength(4)
  })

  it('may have one object instead of a list', () => {
    const { turns, tools } = read({
      system_instruction: { parts: { text: 'Be brief.' } },
      contents: { role: 'user', parts: { text: 'Hello' } },
      tools: { functionDeclarations: { name: 'a' } },
    })
    expect(turns).toMatchObject([
      { role: 'system', parts: [{ text: 'Be brief.' }] },
      { role: 'user', parts: [{ text: 'Hello' }] },
    ])
    expect(tools).toMatchObject([{ name: 'a' }])
  })

  it('matches results to calls by name and order', () => {
    const call = { functionCall: { name: 'a', args: {} } }
    const result = (output: string) => ({ functionResponse: { name: 'a', response: { output } } })
    const { turns } = read({
      contents: [
        { role: 'model', parts: [call, call] },
        { role: 'user', parts: [result('1'), result('2')] },
      ],
    })
    expect(turns[0]?.parts).toMatchObject([{ id: 'call_0' }, { id: 'call_1' }])
    expect(turns[1]?.parts).toMatchObject([{ callId: 'call_0' }, { callId: 'call_1' }])
  })

  it.each([
    [{ contents: 'x' }, 'contents'],
    [{ contents: [{ role: 'nobody', parts: [] }] }, 'contents[0].role'],
    [
      { contents: [{ parts: [{ inlineData: { data: 'x' } }] }] },
      'contents[0].parts[0].inlineData.mimeType',
    ],
    [{ generationConfig: { candidateCount: 2 } }, 'generationConfig.candidateCount'],
  ])('is refused with the field named: %j', (body, param) => {
    expect(refusal(body)).toMatchObject({ code: 'invalid_request', param })
  })
})

describe('a request that goes out', () => {
  it('requests thinking in the model’s own unit', () => {
    const reasoning = { effort: 'high' } as const
    expect(sent({ reasoning }).body.generationConfig).toMatchObject({
      thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true },
    })
    const budget = { thinking: 'budget', thinkingBudgets: [512, 1000] }
    expect(sent({ reasoning }, budget).body.generationConfig).toMatchObject({
      thinkingConfig: { thinkingBudget: 1000 },
    })
  })

  it('has neither model nor stream', () => {
    const { body } = sent({ stream: true })
    expect(body).not.toHaveProperty('model')
    expect(body).not.toHaveProperty('stream')
  })
})

describe('a thought signature', () => {
  it('comes back on its part', () => {
    const parts = [
      { text: 'Hm', thought: true },
      { functionCall: { id: '1', name: 'a', args: {} }, thoughtSignature: 'c2ln+/==' },
    ]
    const answer = readPieces(piece(parts, 'STOP'))
    const { body } = sent({
      turns: [{ role: 'assistant', parts: [...answer.parts] as ReasoningPart[] }],
    })
    expect(body.contents).toEqual([{ role: 'model', parts }])
  })

  it('of another provider is omitted, and named', () => {
    const signature = foreignSignature('deepseek', 'x')
    const thought = { kind: 'reasoning', text: 'Hm', signature } as const
    const { body, dropped } = sent({ turns: [{ role: 'assistant', parts: [thought] }] })
    expect(body.contents).toEqual([])
    expect(dropped).toEqual(['thinking'])
  })
})

it('a signature that we wrapped for a client does not reach Google', () => {
  const written = encode([
    { type: 'message-start', id: 'm', model: 'x' },
    { type: 'part-start', index: 0, part: { kind: 'reasoning' } },
    { type: 'part-delta', index: 0, text: 'Hm' },
    { type: 'part-end', index: 0, signature: 'proof' },
    { type: 'message-end', reason: 'stop', usage: NO_USAGE },
  ])
  const parts = partsOf(...toJson(written))
  const { thoughtSignature } = parts.at(-1) ?? {}
  const signed = [
    { thoughtSignature, text: 'a' },
    { thoughtSignature, thought_signature: thoughtSignature, text: 'b' },
    { text: 'c', thoughtSignature, thought: false },
  ]
  const body = Buffer.from(
    JSON.stringify({ contents: [{ role: 'model', parts: [...signed, ...parts] }] }, null, 1),
  )
  const spans = [...(gemini.findForeign?.(body) ?? [])].toSorted((a, b) => b.start - a.start)
  let left = body.toString()
  for (const { start, end } of spans) left = left.slice(0, start) + left.slice(end)
  expect(JSON.parse(left)).toEqual({
    contents: [
      {
        role: 'model',
        parts: [
          { text: 'a' },
          { text: 'b' },
          { text: 'c', thought: false },
          { text: 'Hm', thought: true },
        ],
      },
    ],
  })
})
