/** What models can do, where that is not known or not right. */
import * as z from 'zod'
import { flag, integer } from '../scalars.ts'

const NAME_BEFORE_MODEL = /^[^/]+\/./

export const modelsSchema = z
  .record(
    z.string().regex(NAME_BEFORE_MODEL, {
      error: 'must be a provider and a model, as in ollama/llama3.1 or ollama/*',
    }),
    z.strictObject({
      tools: flag({ description: 'Whether it takes tools.' }).optional(),
      images: flag({ description: 'Whether it takes images.' }).optional(),
      pdfs: flag({ description: 'Whether it takes PDFs and other files.' }).optional(),
      audio: flag({ description: 'Whether it takes sound.' }).optional(),
      json_schema: flag({ description: 'Whether it can answer by a JSON schema.' }).optional(),
      reasoning: flag({
        description: 'Whether it can be asked to reason before it answers.',
      }).optional(),
      streaming: flag({ description: 'Whether it can stream.' }).optional(),
      context: integer(
        { min: 1, max: 1e9 },
        { description: 'How many tokens of input it takes.' },
      ).optional(),
    }),
  )
  .meta({
    description:
      'What models can do, by target (ollama/llama3.1). * matches any run of characters; an exact name takes precedence, then the first that matches. It takes precedence over what Sluice knows of a model. A call skips the targets that cannot do what it needs. What nobody knows is allowed.',
  })

export type ModelsSettings = z.infer<typeof modelsSchema>
