/** Writes the request for a structured answer. */
import type { AnswerFormat } from '#model'
import { toAnswerSchema } from './answer-schema.ts'

const DEFAULT_TOOL = 'answer'

/** The vendor has no setting for JSON without a schema; only a prompt asks for it. */
export const JSON_ONLY = {
  type: 'text',
  text: 'Give your answer as one JSON object and nothing else: no words before or after it, no code fence.',
} as const

export const encodeFormat = ({ schema }: Extract<AnswerFormat, { kind: 'json-schema' }>) => ({
  type: 'json_schema',
  schema: toAnswerSchema(schema) ?? { type: 'object', additionalProperties: false },
})

/**
 * The name of a tool that takes the answer, for models without structured output. It differs from the client's tool
 * names.
 */
export const toAnswerToolName = (
  format: Extract<AnswerFormat, { kind: 'json-schema' }>,
  taken: ReadonlySet<string>,
): string => {
  const wanted = (format.name ?? DEFAULT_TOOL).replaceAll(/[^\w-]/g, '_').slice(0, 60)
  let name = wanted
  for (let nth = 2; taken.has(name); nth++) name = `${wanted}_${nth}`
  return name
}
