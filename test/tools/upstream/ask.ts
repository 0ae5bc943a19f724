/** Asks the scripted upstream as a vendor's own client would, and reads what comes back. */
import type { Upstream } from './start.ts'

export const OPENAI_HEADERS = {
  'content-type': 'application/json',
  authorization: 'Bearer sk-upstream-openai',
}

export const ANTHROPIC_HEADERS = {
  'content-type': 'application/json',
  'x-api-key': 'sk-ant-upstream',
  'anthropic-version': '2023-06-01',
}

export const GEMINI_HEADERS = {
  'content-type': 'application/json',
  'x-goog-api-key': 'AIza-upstream-gemini',
}

export interface Asked {
  status: number
  headers: Headers
  text: string
  json: Record<string, unknown>
}

const parse = (text: string): Record<string, unknown> => {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

const headersFor = (path: string) => {
  if (path.startsWith('/v1/messages')) return ANTHROPIC_HEADERS
  return /^\/v1(?:beta)?\/models\//.test(path) ? GEMINI_HEADERS : OPENAI_HEADERS
}

export const ask = async (
  { url }: Upstream,
  path: string,
  body: object,
  headers: Record<string, string> = headersFor(path),
): Promise<Asked> => {
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parse(text) }
}

export interface ReadEvent {
  event?: string
  data: Record<string, unknown>
}

/** The events of a complete stream, without `[DONE]`. */
export const readEvents = (text: string): ReadEvent[] =>
  text
    .replaceAll('\r\n', '\n')
    .split('\n\n')
    .map((block) => {
      const lines = block.split('\n')
      const valueOf = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      return { event: valueOf('event'), data: valueOf('data') }
    })
    .filter(({ data }) => data !== undefined && data !== '[DONE]')
    .map(({ event, data = '' }) => ({ ...(event !== undefined && { event }), data: parse(data) }))

interface ErrorBody {
  error?: { message?: string; type?: string; param?: string | null; code?: string | null }
}

export const errorOf = ({ json }: Asked) => (json as ErrorBody).error ?? {}
