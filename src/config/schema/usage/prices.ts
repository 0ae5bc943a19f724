/** Prices that take precedence over the published ones. */
import * as z from 'zod'
import { dollars, integer } from '../scalars.ts'

const rates = {
  input: dollars({ description: 'The price of input tokens.' }),
  cached_input: dollars({ description: 'Of input that is read from a prompt cache.' }).optional(),
  cache_write: dollars({
    description: 'Of input that is written to a prompt cache for five minutes.',
  }).optional(),
  cache_write_1h: dollars({
    description: 'Of input that is written to a prompt cache for an hour.',
  }).optional(),
  audio_input: dollars({ description: 'Of sound in the input.' }).optional(),
  image_input: dollars({ description: 'Of images in the input.' }).optional(),
  output: dollars({
    description:
      'The price of output tokens. Without it, calls with any output have no known price.',
  }).optional(),
  reasoning: dollars({ description: 'Of thoughts.' }).optional(),
  audio_output: dollars({ description: 'Of sound in the output.' }).optional(),
  image_output: dollars({ description: 'Of images in the output.' }).optional(),
}

const fees = {
  web_search: dollars({
    description: 'Of a thousand searches of the web by the vendor’s own tool.',
  }).optional(),
  file_search: dollars({
    description: 'Of a thousand searches in stored files by the vendor’s own tool.',
  }).optional(),
}

const NAME_BEFORE_MODEL = /^[^/]+\/./

export const pricesSchema = z
  .record(
    z.string().regex(NAME_BEFORE_MODEL, {
      error: 'must be a provider and a model, as in openai/gpt-5.5 or openai/gpt-*',
    }),
    z.strictObject({
      ...rates,
      ...fees,
      long_context: z
        .strictObject({
          above: integer(
            { min: 1, max: 1e9 },
            {
              description: 'The input tokens above which these prices apply to the complete call.',
            },
          ),
          ...rates,
        })
        .meta({ description: 'Prices of calls with a long input.' })
        .optional(),
      service_tiers: z
        .record(
          z.string().regex(/^[a-z0-9_.-]{1,40}$/, {
            error: 'must be the name of a tier in lower case, as in flex or priority',
          }),
          z.strictObject(rates),
        )
        .meta({
          description:
            'Prices of answers that name one of these tiers. Other tiers have the prices above.',
        })
        .optional(),
      as_of: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a date, as in 2026-11-01' })
        .meta({
          description: 'When these prices were read. It is for people: Sluice does not use it.',
        })
        .optional(),
    }),
  )
  .meta({
    description:
      'Prices in US dollars for a million tokens, by target (openai/gpt-5.5). * matches any run of characters; an exact name takes precedence, then the first that matches. They take precedence over the published prices. A kind of token that is left out costs what input or output costs.',
  })

export type PriceSettings = z.infer<typeof pricesSchema>
