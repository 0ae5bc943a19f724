/** What is known of Claude models without asking. */
import { expect, it } from 'vitest'
import { anthropic } from '#providers'
import { nowhere } from './nowhere.ts'

const traitsOf = anthropic({ transport: nowhere }).traits

it('leaves sampling alone up to Claude Opus 4.6, and keeps it from models after it', () => {
  for (const model of ['claude-sonnet-4-5', 'claude-opus-4-6', 'claude-haiku-4-5-20251001'])
    expect(traitsOf(model).refusedFields).toBeUndefined()
  for (const model of ['claude-opus-4-7', 'claude-sonnet-5', 'claude-opus-5-5'])
    expect(traitsOf(model).refusedFields).toEqual(['temperature', 'top_p', 'top_k'])
})

it('takes a dated name for the model that it dates', () => {
  expect(traitsOf('claude-opus-4-20250514')).toMatchObject({
    maxOutputTokens: 32_000,
    thinking: 'budget',
  })
  expect(traitsOf('claude-sonnet-4-5-20250929').thinking).toBe('budget')
})
