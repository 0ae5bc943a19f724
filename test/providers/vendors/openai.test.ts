/** What is known of OpenAI's models, at its own address and elsewhere. */
import { describe, expect, it } from 'vitest'
import { createVendorProvider } from '#providers'
import { nowhere } from '../../tools/providers/nowhere.ts'

const traitsOf = (model: string, baseUrl?: string) =>
  createVendorProvider('openai', {
    transport: nowhere,
    ...(baseUrl === undefined ? {} : { baseUrl }),
  }).traits(model)

const ELSEWHERE = 'http://127.0.0.1:9'

describe('the name of the output limit', () => {
  it('is the newer one for every model at the address of OpenAI', () => {
    expect(traitsOf('gpt-4o').maxTokensField).toBe('max_completion_tokens')
    expect(traitsOf('gpt-5.5').maxTokensField).toBe('max_completion_tokens')
  })

  it('is the newer one elsewhere too, for models that refuse the older', () => {
    for (const model of ['gpt-5', 'gpt-5.1', 'gpt-5-mini', 'o3', 'o4-mini'])
      expect(traitsOf(model, ELSEWHERE).maxTokensField).toBe('max_completion_tokens')
  })

  it('is left as every server knows it for all others', () => {
    for (const model of ['gpt-4o', 'gpt-5-chat-latest', 'gpt-oss-20b', 'llama3', 'openai/gpt-5'])
      expect(traitsOf(model, ELSEWHERE).maxTokensField).toBeUndefined()
  })
})

describe('tools that take plain text', () => {
  it('are known at the address of OpenAI, and at Azure', () => {
    expect(traitsOf('gpt-4o').takesFreeformTools).toBe(true)
    const azure = createVendorProvider('azure', { transport: nowhere, baseUrl: ELSEWHERE })
    expect(azure.traits('my-deployment').takesFreeformTools).toBe(true)
  })

  it('are known elsewhere from GPT-5 on', () => {
    for (const model of ['gpt-5', 'gpt-5.1-codex', 'gpt-5.5', 'gpt-6'])
      expect(traitsOf(model, ELSEWHERE).takesFreeformTools).toBe(true)
    for (const model of ['gpt-4o', 'o3', 'llama3', 'gpt-oss-20b'])
      expect(traitsOf(model, ELSEWHERE).takesFreeformTools).toBeUndefined()
    const groq = createVendorProvider('groq', { transport: nowhere })
    expect(groq.traits('openai/gpt-oss-120b').takesFreeformTools).toBeUndefined()
  })
})

describe('a field that a model refuses', () => {
  it('is sampling and stop sequences, if it reasons', () => {
    expect(traitsOf('o3').refusedFields).toEqual(expect.arrayContaining(['temperature', 'stop']))
    expect(traitsOf('o3').refusedFields).not.toContain('reasoning_effort')
  })

  it('is an effort, if it does not', () => {
    expect(traitsOf('gpt-4.1-mini').refusedFields).toEqual(['reasoning_effort'])
    expect(traitsOf('gpt-5-chat-latest').refusedFields).toEqual(['reasoning_effort'])
  })

  it('is none, if the model is another vendor’s', () => {
    expect(traitsOf('llama3', ELSEWHERE).refusedFields).toBeUndefined()
  })
})

it('knows how much a model can write', () => {
  expect(traitsOf('gpt-4o-mini').maxOutputTokens).toBe(16_384)
  expect(traitsOf('gpt-5.5').maxOutputTokens).toBe(128_000)
  expect(traitsOf('llama3', ELSEWHERE).maxOutputTokens).toBeUndefined()
})

it('knows the efforts of each model', () => {
  const most = (model: string) => traitsOf(model).efforts?.at(-1)
  expect([most('o3'), most('gpt-5-mini'), most('gpt-5.1')]).toEqual(['high', 'high', 'high'])
  expect([most('gpt-5.1-codex-max'), most('gpt-5.5')]).toEqual(['xhigh', 'xhigh'])
  expect(traitsOf('gpt-5').efforts).toContain('minimal')
  expect(traitsOf('gpt-6').efforts).toBeUndefined()
})
