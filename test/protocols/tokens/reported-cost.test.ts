/** What vendors say that they charge. */
import { expect, it } from 'vitest'
import { toReportedCost } from '../../../src/protocols/tokens/reported-cost.ts'

const byok = (upstream_inference_cost: unknown) => ({
  cost: 0.25,
  is_byok: true,
  cost_details: { upstream_inference_cost },
})

it.each([
  ['OpenRouter', { cost: 0.95 }, 0.95e12],
  ['OpenRouter, for a free model', { cost: 0 }, 0],
  ['OpenRouter, for a key of our own', byok(19), 19.25e12],
  // Others get the same field, where it is no sum to add.
  ['OpenRouter, for its key', { ...byok(0.25), is_byok: false }, 0.25e12],
  ['Perplexity', { cost: { total_cost: 0.005447 } }, 5_447_000_000],
  ['xAI', { cost_in_usd_ticks: 37_756_000 }, 3_775_600_000],
])('%s reports what it charges', (_, usage, reportedPico) => {
  expect(toReportedCost(usage)).toEqual({ reportedPico })
})

it.each([
  {},
  { cost: -1 },
  { cost: '0.95' },
  { cost: 1e300 },
  { cost: null },
  { cost: [] },
  { cost: { total_cost: '1' } },
  byok(null),
  byok(-1),
  { cost_in_usd_ticks: -5 },
  { cost_in_usd_ticks: 1e300 },
])('%j says nothing about it', (usage) => {
  expect(toReportedCost(usage)).toEqual({})
})
