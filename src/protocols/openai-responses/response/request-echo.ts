/** What a client wrote of its request that the answer repeats word for word. */
import { isJsonObject, type JsonObject, type ModelRequest } from '#model'
import { notesOf } from './answer-notes.ts'

const toTools = (tools: unknown): JsonObject[] =>
  Array.isArray(tools)
    ? tools.filter(isJsonObject).map((tool) => ({ ...tool, type: tool.type ?? 'function' }))
    : []

export const toEcho = (request: ModelRequest | undefined): JsonObject => {
  const body = notesOf(request)?.body ?? {}
  const { reasoning, text, metadata } = body
  return {
    background: body.background ?? false,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    metadata: isJsonObject(metadata) ? metadata : {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: { effort: null, summary: null, ...(isJsonObject(reasoning) ? reasoning : {}) },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: body.service_tier ?? 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? null,
    text: { format: { type: 'text' }, ...(isJsonObject(text) ? text : {}) },
    tool_choice: body.tool_choice ?? 'auto',
    tools: toTools(body.tools),
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? null,
    truncation: body.truncation ?? 'disabled',
    user: body.user ?? null,
    access_programs: null,
  }
}
