/** What is known of Claude models without asking. */
import { expect, it } from 'vitest'
import { createVendorProvider } from '#providers'
import { nowhere } from '../../tools/providers/nowhere.ts'

const traitsOf = createVendorProvider('anthropic', { transport: nowhere }).traits

it('sends sampling up to Claude Opus 4.6, and omits it for later models', () => {
  for (const model of ['claude-sonnet-4-5', 'claude-opus-4-6', 'claude-haiku-4-5-20251001'])
    expect(traitsOf(model).refusedFields).toBeUndefined()
  for (const model of ['claude-opus-4-7', 'claude-sonnet-5', 'claude-opus-5-5'])
    expect(traitsOf(model).refusedFields).toEqual(['temperature', 'top_p', 'top_k'])
})

it('treats a dated name as its model', () => {
  expect(traitsOf('claude-opus-4-20250514')).toMatchObject({
    maxOutputTokens: 32_000,
    thinking: 'budget',
  })
  expect(traitsOf('claude-sonnet-4-5-20250929').thinking).toBe('budget')
})

it('knows which models take a system message in the conversation', () => {
  for (const model of ['claude-opus-4-7', 'claude-sonnet-4-6', 'claude-haiku-4-5'])
    expect(traitsOf(model).takesSystemTurns).toBeUndefined()
  for (const model of ['claude-opus-4-8', 'claude-sonnet-5', 'claude-haiku-5-5'])
    expect(traitsOf(model).takesSystemTurns).toBe(true)
})

it('knows the models whose thinking cannot be turned off', () => {
  for (const model of ['claude-opus-4-8', 'claude-opus-5', 'claude-opus-5-20260701'])
    expect(traitsOf(model).alwaysThinks).toBeUndefined()
  for (const model of ['claude-opus-5-5', 'claude-haiku-5-5', 'claude-fable-5'])
    expect(traitsOf(model).alwaysThinks).toBe(true)
})
