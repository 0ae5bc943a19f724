/** The prices of the file. */
import type { OwnPrice, Rates } from '#usage'
import type { PriceSettings } from '../../schema/index.ts'
import { withoutUndefined } from '../../without-undefined.ts'

type RateSettings = NonNullable<PriceSettings[string]['service_tiers']>[string]

export const toPrices = (prices: PriceSettings): readonly OwnPrice[] =>
  Object.entries(prices).map(
    ([target, { long_context: long, service_tiers: tiers, ...settings }]) => ({
      target,
      rates: toRates(settings),
      ...toFees(settings),
      ...(long && { longContext: { above: long.above, rates: toRates(long) } }),
      ...(tiers && {
        serviceTiers: Object.fromEntries(
          Object.entries(tiers).map(([tier, each]) => [tier, toRates(each)]),
        ),
      }),
    }),
  )

const toFees = ({ web_search: webSearch, file_search: fileSearch }: PriceSettings[string]) =>
  webSearch === undefined && fileSearch === undefined
    ? {}
    : { fees: withoutUndefined({ webSearch, fileSearch }) }

const toRates = (settings: RateSettings): Rates =>
  withoutUndefined({
    input: settings.input,
    cacheRead: settings.cached_input,
    cacheWrite: settings.cache_write,
    cacheWrite1h: settings.cache_write_1h,
    audioInput: settings.audio_input,
    imageInput: settings.image_input,
    output: settings.output,
    reasoning: settings.reasoning,
    audioOutput: settings.audio_output,
    imageOutput: settings.image_output,
  })
