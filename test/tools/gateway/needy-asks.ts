/** One request of each client for each thing that a call can need of its target. */
import type { Need, ProtocolName } from '#model'
import { chatBody, CHAT, messagesBody, MESSAGES, RESPONSES, responsesBody } from '../app/asks.ts'

export interface NeedyAsk {
  readonly need: Exclude<Need, 'protocol'>
  readonly protocol: ProtocolName
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /** The field that an error names. */
  readonly field: string
}

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64')
const SOUND = Buffer.from('RIFF....WAVE').toString('base64')
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

/** More than a thousand tokens. */
export const LONG = 'one word after the other '.repeat(400)

type Bodies = { readonly [need in NeedyAsk['need']]?: Readonly<Record<string, unknown>> }

const user = (content: unknown) => ({ role: 'user', content })

const toBodies = (model: string) => {
  const chat = (more: Record<string, unknown>) => chatBody('hello', { model, ...more })
  const chatPart = (part: object) => chat({ messages: [user([part])] })
  const messages = (more: Record<string, unknown>) => messagesBody('hello', { model, ...more })
  const messagesPart = (part: object) => messages({ messages: [user([part])] })
  const responses = (more: Record<string, unknown>) => responsesBody('hello', { model, ...more })
  const responsesPart = (part: object) => responses({ input: [user([part])] })
  const gemini = (more: Record<string, unknown> = {}, part: object = { text: 'hello' }) => ({
    contents: [{ role: 'user', parts: [part] }],
    ...more,
  })
  const bodies: Readonly<Record<Exclude<ProtocolName, 'openai-completions'>, Bodies>> = {
    'openai-chat': {
      tools: chat({
        tools: [{ type: 'function', function: { name: 'weather', parameters: SCHEMA } }],
      }),
      images: chatPart({
        type: 'image_url',
        image_url: { url: `data:image/png;base64,${PIXEL}` },
      }),
      pdfs: chatPart({
        type: 'file',
        file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` },
      }),
      audio: chatPart({ type: 'input_audio', input_audio: { data: SOUND, format: 'wav' } }),
      json_schema: chat({
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'city', schema: SCHEMA, strict: true },
        },
      }),
      reasoning: chat({ reasoning_effort: 'low' }),
      context: chatBody(LONG, { model }),
      streaming: chat({ stream: true }),
    },
    'openai-responses': {
      tools: responses({
        tools: [{ type: 'function', name: 'weather', parameters: SCHEMA, strict: true }],
      }),
      images: responsesPart({ type: 'input_image', image_url: `data:image/png;base64,${PIXEL}` }),
      pdfs: responsesPart({
        type: 'input_file',
        filename: 'a.pdf',
        file_data: `data:application/pdf;base64,${PDF}`,
      }),
      json_schema: responses({
        text: { format: { type: 'json_schema', name: 'city', schema: SCHEMA, strict: true } },
      }),
      reasoning: responses({ reasoning: { effort: 'low' } }),
      context: responsesBody(LONG, { model }),
      streaming: responses({ stream: true }),
    },
    'anthropic-messages': {
      tools: messages({ tools: [{ name: 'weather', input_schema: SCHEMA }] }),
      images: messagesPart({
        type: 'image',
        source: { type: 'base64', media_type: 'image/png', data: PIXEL },
      }),
      pdfs: messagesPart({
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: PDF },
      }),
      json_schema: messages({ output_config: { format: { type: 'json_schema', schema: SCHEMA } } }),
      reasoning: messages({ thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 4096 }),
      context: messagesBody(LONG, { model }),
      streaming: messages({ stream: true }),
    },
    gemini: {
      tools: gemini({
        tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: SCHEMA }] }],
      }),
      images: gemini({}, { inlineData: { mimeType: 'image/png', data: PIXEL } }),
      pdfs: gemini({}, { inline_data: { mime_type: 'application/pdf', data: PDF } }),
      audio: gemini({}, { inlineData: { mimeType: 'audio/wav', data: SOUND } }),
      json_schema: gemini({
        generationConfig: { responseMimeType: 'application/json', responseJsonSchema: SCHEMA },
      }),
      reasoning: gemini({ generationConfig: { thinkingConfig: { thinkingBudget: 1024 } } }),
      context: gemini({}, { text: LONG }),
      streaming: gemini(),
    },
  }
  return bodies
}

const CONTENT = {
  'openai-chat': 'messages',
  'openai-responses': 'input',
  'anthropic-messages': 'messages',
  gemini: 'contents',
}

const OWN_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  json_schema: {
    'openai-chat': 'response_format',
    'openai-responses': 'text.format',
    'anthropic-messages': 'output_config.format',
    gemini: 'generationConfig.responseJsonSchema',
  },
  reasoning: {
    'openai-chat': 'reasoning_effort',
    'openai-responses': 'reasoning',
    'anthropic-messages': 'thinking',
    gemini: 'generationConfig.thinkingConfig',
  },
}

const fieldOf = (need: string, protocol: keyof typeof CONTENT): string => {
  if (need === 'tools') return 'tools'
  if (need === 'streaming') return 'stream'
  return OWN_FIELDS[need]?.[protocol] ?? CONTENT[protocol]
}

const pathOf = (protocol: keyof typeof CONTENT, model: string, need: string): string => {
  switch (protocol) {
    case 'openai-chat':
      return CHAT
    case 'openai-responses':
      return RESPONSES
    case 'anthropic-messages':
      return MESSAGES
    case 'gemini':
      return need === 'streaming'
        ? `/v1beta/models/${model}:streamGenerateContent?alt=sse`
        : `/v1beta/models/${model}:generateContent`
  }
}

export const needyAsks = (model: string): readonly NeedyAsk[] =>
  Object.entries(toBodies(model)).flatMap(([name, bodies]) => {
    const protocol = name as keyof typeof CONTENT
    return Object.entries(bodies).map(([key, body]) => {
      const need = key as NeedyAsk['need']
      return {
        need,
        protocol,
        path: pathOf(protocol, model, need),
        body,
        field: fieldOf(need, protocol),
      }
    })
  })
