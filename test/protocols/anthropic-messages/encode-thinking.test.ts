/** How a Messages upstream is asked to think. */
import { describe, expect, it } from 'vitest'
import type { Effort, ModelRequest, Part } from '#model'
import { TARGET } from '../../tools/protocols/anthropic-messages/codec.ts'
import { call, result, say, write } from '../../tools/protocols/anthropic-messages/write-request.ts'

const ADAPTIVE = { thinking: 'adaptive', maxOutputTokens: 128_000 } as const

const loop = (...parts: readonly Part[]) => [
  say('user', 'Hi'),
  say('assistant', ...parts, call('a')),
  say('tool', result('a')),
]

const think = (
  reasoning: ModelRequest['reasoning'],
  traits: Partial<typeof TARGET> = {},
  fields: Partial<ModelRequest> = {},
) => {
  const { body, dropped } = write({ ...(reasoning && { reasoning }), ...fields }, traits)
  const { thinking, output_config, max_tokens } = body
  return { thinking, output_config, max_tokens, dropped }
}

describe('thinking', () => {
  it.each([
    ['minimal', 1024],
    ['low', 2048],
    ['medium', 8192],
    ['high', 16_384],
    ['xhigh', 32_768],
  ] as const)('of effort %s is a budget of %i tokens', (effort, budget_tokens) => {
    expect(think({ effort })).toMatchObject({
      thinking: { type: 'enabled', budget_tokens },
      max_tokens: 64_000,
    })
  })

  it.each([
    [{ effort: 'high' }, 'high'],
    [{ effort: 'minimal' }, 'low'],
    [{ budgetTokens: 20_000 }, 'high'],
    [{ budgetTokens: 1024 }, 'low'],
  ] as const)('of %j is an effort if the model decides itself', (reasoning, effort) => {
    expect(think(reasoning, ADAPTIVE)).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort },
    })
  })

  it('is turned off if none is wanted', () => {
    expect(think({ effort: 'none' })).toMatchObject({ thinking: { type: 'disabled' } })
    expect(think({ effort: 'none' }, { thinking: 'none' }).thinking).toBeUndefined()
  })

  it('uses the lowest effort if thinking cannot be turned off', () => {
    const target = { ...ADAPTIVE, alwaysThinks: true }
    const { body, dropped } = write({ reasoning: { effort: 'none' } }, target)
    expect(body.thinking).toBeUndefined()
    expect(body.output_config).toEqual({ effort: 'low' })
    expect(dropped).toEqual(['reasoning_effort'])
  })

  it('uses the nearest lower effort that the model supports', () => {
    const target = { ...ADAPTIVE, efforts: ['low', 'medium', 'high', 'max'] } as const
    const effortOf = (effort: Effort) => write({ reasoning: { effort } }, target).body.output_config
    expect(effortOf('xhigh')).toEqual({ effort: 'high' })
    expect(effortOf('max')).toEqual({ effort: 'max' })
    expect(effortOf('minimal')).toEqual({ effort: 'low' })
  })

  it('is not requested if the model cannot think, and is named', () => {
    expect(think({ effort: 'high' }, { thinking: 'none' })).toMatchObject({
      thinking: undefined,
      dropped: ['reasoning_effort'],
    })
  })

  it('leaves the requested room for the answer', () => {
    expect(think({ effort: 'high' }, {}, { maxOutputTokens: 4000 })).toMatchObject({
      thinking: { budget_tokens: 16_384 },
      max_tokens: 20_384,
    })
  })

  it('shares the output limit if both do not fit', () => {
    expect(think({ effort: 'high' }, { maxOutputTokens: 8192 })).toMatchObject({
      thinking: { budget_tokens: 4096 },
      max_tokens: 8192,
    })
    expect(think({ effort: 'low' }, { maxOutputTokens: 1500 })).toMatchObject({
      thinking: undefined,
      max_tokens: 1500,
      dropped: ['reasoning_effort'],
    })
  })

  it('is omitted for a tool loop whose reasoning was lost', () => {
    expect(think({ effort: 'low' }, {}, { turns: loop() })).toMatchObject({
      thinking: undefined,
      dropped: ['reasoning_effort'],
    })
    expect(think({ effort: 'low' }, ADAPTIVE, { turns: loop() }).thinking).toBeDefined()
    const signed = loop({ kind: 'reasoning', text: 'So.', signature: 'Er1' })
    expect(think({ effort: 'low' }, {}, { turns: signed }).thinking).toBeDefined()
  })

  it('drops settings that it does not go with, and names them', () => {
    const { body, dropped } = write({
      reasoning: { effort: 'low' },
      temperature: 0.2,
      topK: 3,
      tools: [{ kind: 'function', name: 'a' }],
      toolChoice: { mode: 'named', name: 'a' },
      parallelToolCalls: false,
    })
    expect(body).not.toHaveProperty('temperature')
    expect(body).not.toHaveProperty('top_k')
    expect(body.tool_choice).toEqual({ type: 'auto', disable_parallel_tool_use: true })
    expect(dropped).toEqual(['temperature', 'top_k', 'tool_choice'])
  })
})
