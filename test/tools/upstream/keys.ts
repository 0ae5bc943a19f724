/** Lets in only who brings the vendor's key. */
import type { IncomingHttpHeaders } from 'node:http'
import { anthropicRefusal } from './messages/anthropic-errors.ts'
import { geminiRefusal } from './gemini/errors.ts'
import { openaiRefusal } from './answers/openai-errors.ts'

/** `null` admits everyone. */
export interface UpstreamKeys {
  openai: string | null
  anthropic: string | null
  gemini: string | null
}

export const DEFAULT_KEYS: UpstreamKeys = {
  openai: 'sk-upstream-openai',
  anthropic: 'sk-ant-upstream',
  gemini: 'AIza-upstream-gemini',
}

const bearerOf = ({ authorization = '' }: IncomingHttpHeaders) =>
  /^Bearer (.+)$/i.exec(authorization)?.[1]

const mask = (key: string) =>
  key.length > 12 ? `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}` : key

export const checkOpenaiKey = (headers: IncomingHttpHeaders, { openai }: UpstreamKeys) => {
  if (openai === null) return
  const key = bearerOf(headers)
  if (key === undefined)
    throw openaiRefusal(
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
      { status: 401 },
    )
  if (key !== openai)
    throw openaiRefusal(
      `Incorrect API key provided: ${mask(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
      { status: 401, code: 'invalid_api_key' },
    )
}

/** The newest SDKs send their key as a bearer token. */
export const checkAnthropicKey = (headers: IncomingHttpHeaders, { anthropic }: UpstreamKeys) => {
  if (anthropic === null) return
  const key = headers['x-api-key']
  const bearer = bearerOf(headers)
  if (key === undefined && bearer === undefined)
    throw anthropicRefusal('x-api-key header is required', { status: 401 })
  if (key !== undefined && key !== anthropic)
    throw anthropicRefusal('invalid x-api-key', { status: 401 })
  if (key === undefined && bearer !== anthropic)
    throw anthropicRefusal('Invalid bearer token', { status: 401 })
}

export const checkGeminiKey = (headers: IncomingHttpHeaders, { gemini }: UpstreamKeys) => {
  if (gemini === null) return
  const key = headers['x-goog-api-key']
  if (key === undefined)
    throw geminiRefusal(
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
      { status: 403 },
    )
  if (key !== gemini)
    throw geminiRefusal('API key not valid. Please pass a valid API key.', {
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'API_KEY_INVALID',
          domain: 'googleapis.com',
          metadata: { service: 'generativelanguage.googleapis.com' },
        },
      ],
    })
}
