/** Writes a request for a chat upstream, and shows it to one as strict as OpenAI. */
import type { JsonObject, ModelRequest, Part, Tool, Turn } from '#model'
import type { TargetTraits } from '#protocols'
import { checkChat } from '../../upstream/chat/rules.ts'
import { createMemory } from '../../upstream/memory.ts'
import type { RouteContext } from '../../upstream/routes.ts'
import { encodeRequest, request, TARGET } from './codec.ts'

const admit = (body: JsonObject, messageFields: readonly string[] = []) => {
  const context = { models: [], messageFields, memory: createMemory() }
  checkChat(JSON.parse(JSON.stringify(body)), context as unknown as RouteContext)
}

export const encode = (fields: Partial<ModelRequest>, target: Partial<TargetTraits> = {}) => {
  const encoded = encodeRequest(request(fields), { ...TARGET, ...target })
  admit(encoded.body)
  return encoded
}

export const messagesOf = (turns: readonly Turn[], tools: readonly Tool[] = []) =>
  encode({ turns, tools }).body.messages

export const text = (said: string): Part => ({ kind: 'text', text: said })
export const user = (...parts: Part[]): Turn => ({ role: 'user', parts })
export const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts })

export const call = (id: string, name = 'weather', json = '{}'): Part => ({
  kind: 'tool-call',
  id,
  name,
  arguments: json,
})

export const result = (callId: string, ...parts: Part[]): Part => ({
  kind: 'tool-result',
  callId,
  parts,
})
export const results = (...parts: Part[]): Turn => ({ role: 'tool', parts })
export const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } }
export const TOOL = {
  kind: 'function',
  name: 'weather',
  description: 'W',
  schema: SCHEMA,
} as const satisfies Tool
