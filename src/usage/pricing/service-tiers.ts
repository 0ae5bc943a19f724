/** What vendors charge for answers that were not served at the standard tier, as a multiple of the standard price. */

interface TierPrice {
  readonly tier: string
  /** Applies only to these models. */
  readonly models?: RegExp
  readonly factor: number
}

const HALF_PRICE: readonly TierPrice[] = [
  { tier: 'flex', factor: 0.5 },
  { tier: 'batch', factor: 0.5 },
]

/** By the names of the price lists. The first that fits is used. */
const TIERS: Readonly<Record<string, readonly TierPrice[]>> = {
  // https://developers.openai.com/api/docs/pricing and https://openai.com/api-priority-processing (2026-11)
  openai: [
    ...HALF_PRICE,
    { tier: 'priority', models: /^gpt-5\.5(?:-20|$)/, factor: 2.5 },
    { tier: 'priority', models: /^gpt-5-mini/, factor: 1.8 },
    { tier: 'priority', models: /^gpt-5(?:\.[124])?(?:-mini|-codex)?(?:-20|$)/, factor: 2 },
    { tier: 'priority', models: /^gpt-4\.1-nano/, factor: 2 },
    { tier: 'priority', models: /^gpt-4\.1(?:-mini)?(?:-20|$)/, factor: 1.75 },
    { tier: 'priority', models: /^gpt-4o-mini(?:-20|$)/, factor: 5 / 3 },
    { tier: 'priority', models: /^gpt-4o-2024-05-13/, factor: 1.75 },
    { tier: 'priority', models: /^gpt-4o(?:-20|$)/, factor: 1.7 },
    { tier: 'priority', models: /^o3(?:-20|$)/, factor: 1.75 },
    { tier: 'priority', models: /^o4-mini(?:-20|$)/, factor: 20 / 11 },
  ],
  // https://platform.claude.com/docs/en/api/service-tiers: the priority tier is paid in advance.
  anthropic: [{ tier: 'batch', factor: 0.5 }],
  // https://ai.google.dev/gemini-api/docs/optimization: the priority tier has no single price.
  google: HALF_PRICE,
  // https://console.groq.com/docs/service-tiers: at the price of on-demand.
  groq: [{ tier: 'flex', factor: 1 }],
}

/** Undefined if the price of the tier is unknown. */
export const tierFactor = (list: string, model: string, tier: string): number | undefined =>
  TIERS[list]?.find((each) => each.tier === tier && (each.models?.test(model) ?? true))?.factor
