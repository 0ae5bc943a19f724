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

/** OpenAI renamed its priority tier. Answers of older models have the old name. */
const priority = (models: RegExp, factor: number): readonly TierPrice[] => [
  { tier: 'priority', models, factor },
  { tier: 'fast', models, factor },
]

/** By the names of the price lists. The first that fits is used. */
const TIERS: Readonly<Record<string, readonly TierPrice[]>> = {
  // https://developers.openai.com/api/docs/pricing and https://openai.com/api-fast-mode (2026-11)
  openai: [
    ...HALF_PRICE,
    ...priority(/^gpt-5[.-]6(?:-sol|-terra|-luna)?(?:-20|$)/, 2),
    ...priority(/^gpt-5\.5(?:-20|$)/, 2.5),
    ...priority(/^gpt-5-mini/, 1.8),
    ...priority(/^gpt-5(?:\.[124])?(?:-mini|-codex)?(?:-20|$)/, 2),
    ...priority(/^gpt-4\.1-nano/, 2),
    ...priority(/^gpt-4\.1(?:-mini)?(?:-20|$)/, 1.75),
    ...priority(/^gpt-4o-mini(?:-20|$)/, 5 / 3),
    ...priority(/^gpt-4o-2024-05-13/, 1.75),
    ...priority(/^gpt-4o(?:-20|$)/, 1.7),
    ...priority(/^o3(?:-20|$)/, 1.75),
    ...priority(/^o4-mini(?:-20|$)/, 20 / 11),
  ],
  // https://platform.claude.com/docs/en/api/service-tiers: the priority tier is paid in advance.
  // https://platform.claude.com/docs/en/build-with-claude/fast-mode
  anthropic: [
    { tier: 'batch', factor: 0.5 },
    { tier: 'fast', models: /^claude-opus-4-[67](?:-20|$)/, factor: 6 },
    { tier: 'fast', models: /^claude-opus-(?:4-8|5)(?:-20|$)/, factor: 2 },
  ],
  // https://ai.google.dev/gemini-api/docs/optimization: the priority tier has no single price.
  google: HALF_PRICE,
  // https://console.groq.com/docs/service-tiers: at the price of on-demand.
  groq: [{ tier: 'flex', factor: 1 }],
}

/** Undefined if the price of the tier is unknown. */
export const tierFactor = (list: string, model: string, tier = STANDARD): number | undefined =>
  tier === STANDARD
    ? 1
    : TIERS[list]?.find((each) => each.tier === tier && (each.models?.test(model) ?? true))?.factor

const STANDARD = ''

/** https://platform.claude.com/docs/en/manage-claude/data-residency */
const PLACES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  anthropic: { us: 1.1 },
}

/** What a vendor charges for a place. Undefined if that is unknown. */
export const placeFactor = (list: string, place: string | undefined): number | undefined => {
  if (place === undefined) return 1
  const factors = PLACES[list]
  return factors && Object.hasOwn(factors, place) ? factors[place] : undefined
}
