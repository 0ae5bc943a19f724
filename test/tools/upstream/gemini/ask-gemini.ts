/** Asks the scripted upstream as a Gemini client does, in a few words. */
import { ask, type Asked } from '../ask.ts'
import type { Upstream } from '../start.ts'

export type Object_ = Record<string, unknown>

interface GoogleError {
  code?: number
  message?: string
  status?: string
  details?: Object_[]
}

export const errorOf = ({ json }: Asked) => (json as { error?: GoogleError }).error ?? {}
export const user = { role: 'user', parts: [{ text: 'hello' }] }
export const model = (...parts: object[]) => ({ role: 'model', parts })

export const call = (name = 'weather', more: object = {}) => ({
  functionCall: { name, args: { city: 'Bern' }, ...more },
})

export const answers = (...parts: object[]) => ({ role: 'user', parts })

export const response = (name: unknown = 'weather', more: object = {}) => ({
  functionResponse: { name, response: { output: 'sunny' }, ...more },
})

export const talk = (...contents: object[]) => ({ contents: [user, ...contents] })
export const declare = (...functions: object[]) => ({
  tools: [{ functionDeclarations: functions }],
})
export const weather = { name: 'weather', description: 'The weather' }

export const askGemini = (
  upstream: Upstream,
  change: object,
  name = 'gemini-2.5-flash',
  method = 'generateContent',
) => ask(upstream, `/v1beta/models/${name}:${method}`, { contents: [user], ...change })
