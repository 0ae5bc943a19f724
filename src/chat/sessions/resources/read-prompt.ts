/** What the model of a run was sent, as clients are shown it. */
import { isJsonObject, parseObject } from '#model'
import type { RunRecord } from '../session-store.ts'

export const toPrompt = ({ id, model, prompt }: RunRecord): object => {
  const request = parseObject(prompt ?? '') ?? {}
  const turns = Array.isArray(request.turns) ? request.turns.filter(isJsonObject) : []
  return {
    run_id: id,
    model,
    messages: turns.map(({ role, parts }) => ({ role, content: textOf(parts) })),
    settings: {
      temperature: request.temperature ?? null,
      max_output_tokens: request.maxOutputTokens ?? null,
    },
  }
}

const textOf = (parts: unknown): string =>
  (Array.isArray(parts) ? parts : [])
    .filter(isJsonObject)
    .map(({ text }) => text)
    .filter((text) => typeof text === 'string')
    .join('\n\n')
