/** Writes a request of few words as a Messages upstream gets it. */
import type { ModelRequest, Part, Turn } from '#model'
import { encodeRequest, request, TARGET } from './codec.ts'

export const write = (fields: Partial<ModelRequest>, traits: Partial<typeof TARGET> = {}) =>
  encodeRequest(request(fields), { ...TARGET, ...traits })

export const say = (role: Turn['role'], ...parts: readonly (string | Part)[]): Turn => ({
  role,
  parts: parts.map((part) => (typeof part === 'string' ? { kind: 'text', text: part } : part)),
})

export const call = (id: string): Part => ({
  kind: 'tool-call',
  id,
  name: 'run',
  arguments: '{"a":1}',
})

export const result = (callId: string, ...parts: readonly Part[]): Part => ({
  kind: 'tool-result',
  callId,
  parts,
})

export const text = (value: string) => ({ type: 'text', text: value })
