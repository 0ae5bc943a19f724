/** Sluice in front of a target that is silent, and of another one that is asked as well. */
import type { AppOptions, ProviderOptions } from '#app'
import type { Settlement } from '#model'
import { CLAUDE, GPT } from '../app/asks.ts'
import { sluiceForTest, upstreamForTest } from '../app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../app/start-sluice.ts'
import type { Answer } from '../upstream/start.ts'
import { FLAT } from './settled-house.ts'

export const SILENT: Answer = { fault: { neverAnswer: true } }
export const HEDGED = { hedgeAfterMs: 40 }

type Vendor = (url: string) => ProviderOptions
const MODELS = new Map<Vendor, string>([
  [openaiAt, GPT],
  [anthropicAt, CLAUDE],
  [geminiAt, 'gemini-2.5-pro'],
])

/** The alias `pair` leads to an upstream of one vendor, and then to one of another. */
export const startPair = async (
  vendors: readonly [Vendor, Vendor],
  options: Partial<AppOptions> = {},
) => {
  const settlements: Settlement[] = []
  const says: Answer[] = [
    SILENT,
    { parts: [{ text: 'It works.' }], usage: { input: 100, output: 10 } },
  ]
  const first = await upstreamForTest({ reply: () => says[0] ?? {} })
  const second = await upstreamForTest({ reply: () => says[1] ?? {} })
  const sluice = await sluiceForTest({
    providers: [
      { ...vendors[0](first.url), name: 'first' },
      { ...vendors[1](second.url), name: 'second' },
    ],
    aliases: [
      {
        name: 'pair',
        targets: [`first/${MODELS.get(vendors[0])}`, `second/${MODELS.get(vendors[1])}`],
        ...HEDGED,
      },
    ],
    prices: FLAT,
    settlers: [(settlement) => void settlements.push(settlement)],
    ...options,
  })
  return { sluice, first, second, says, settlements }
}
