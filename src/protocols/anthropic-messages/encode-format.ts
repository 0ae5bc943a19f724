/** Writes the wish for a structured answer. */
import type { AnswerFormat } from '#model'
import { toAnswerSchema } from './answer-schema.ts'

const DEFAULT_TOOL = 'answer'

/** The vendor has no way to ask for JSON of any shape but words. */
export const JSON_ONLY = {
  type: 'text',
  text: 'Give your answer as one JSON object and nothing else: no words before or after it, no code fence.',
} as const

export const encodeFormat = ({ schema }: Extract<AnswerFormat, { kind: 'json-schema' }>) => ({
  type: 'json_schema',
  schema: toAnswerSchema(schema) ?? { type: 'object', additionalProperties: false },
})

/** A tool to be called with the answer, for models that know no other way. Its name is not one of the client's. */
export const toAnswerToolName = (
  format: Extract<AnswerFormat, { kind: 'json-schema' }>,
  taken: ReadonlySet<string>,
): string => {
  const wanted = (format.name ?? DEFAULT_TOOL).replaceAll(/[^\w-]/g, '_').slice(0, 60)
  let name = wanted
  for (let nth = 2; taken.has(name); nth++) name = `${wanted}_${nth}`
  return name
}
