/** Asks the demo and gathers what it says. */
import { type FunctionTool, foldMessage, type ModelEvent, type ModelRequest } from '#model'
import { createDemo } from '../../../../src/providers/demo/index.ts'

export const WEATHER: FunctionTool = {
  kind: 'function',
  name: 'get_weather',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
    required: ['city'],
  },
}

export const TIME: FunctionTool = { kind: 'function', name: 'get_time' }

export const toRequest = (text: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'anything',
  stream: true,
  tools: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text }] }],
  ...more,
})

export const NEVER = new AbortController().signal

export const eventsOf = async (
  request: ModelRequest,
  signal: AbortSignal = NEVER,
): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of createDemo({ paceMs: 0 }).answer(request, signal)) events.push(event)
  return events
}

export const ask = async (text: string, more: Partial<ModelRequest> = {}) =>
  foldMessage(await eventsOf(toRequest(text, more)))

export const deltasOf = (events: readonly ModelEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'part-delta' ? [event.text] : []))

/** The turns of a conversation in which the demo's calls were run. */
export const afterCalls = async (
  request: ModelRequest,
  result: (name: string) => string,
): Promise<ModelRequest> => {
  const { parts } = foldMessage(await eventsOf(request))
  const calls = parts.filter((part) => part.kind === 'tool-call')
  return {
    ...request,
    turns: [
      ...request.turns,
      { role: 'assistant', parts: calls },
      {
        role: 'tool',
        parts: calls.map(({ id, name }) => ({
          kind: 'tool-result',
          callId: id,
          parts: [{ kind: 'text', text: result(name) }],
        })),
      },
    ],
  }
}
