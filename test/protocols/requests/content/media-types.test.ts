/** Images and documents whose label is wrong, in every place of every protocol, for every target. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '#model'
import { anthropicMessages, gemini, openaiChat, openaiResponses } from '#protocols'
import { codecOf } from '../../../tools/protocols/byte-codec.ts'

const JPEG = '/9j/4AAQSkZJRgABAQEASABIAAD/2Q=='
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAE='
const GIF = 'R0lGODlhAQABAAAAACw='
const WEBP = 'UklGRiIAAABXRUJQVlA4IBYAAAA='
const PDF = 'JVBERi0xLjQKJSVFT0Y='
const UNKNOWN = 'AAAAAAAAAAAAAAAAAAAAAA=='

const call = { city: 'Oslo' }

/** One image in a user's message and one in a tool's result, both with this label. */
const CLIENTS: Readonly<Record<string, (label: string, data: string) => JsonObject>> = {
  chat(label, data) {
    const image = { type: 'image_url', image_url: { url: `data:${label};base64,${data}` } }
    const called = { name: 'look', arguments: JSON.stringify(call) }
    return {
      model: 'm',
      messages: [
        { role: 'user', content: [image] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: called }],
        },
        { role: 'tool', tool_call_id: 'c1', content: [image] },
      ],
    }
  },
  messages(label, data) {
    const image = { type: 'image', source: { type: 'base64', media_type: label, data } }
    return {
      model: 'm',
      max_tokens: 9,
      messages: [
        { role: 'user', content: [image] },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'c1', name: 'look', input: call }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: [image] }] },
      ],
    }
  },
  responses(label, data) {
    const image = { type: 'input_image', image_url: `data:${label};base64,${data}` }
    return {
      model: 'm',
      input: [
        { role: 'user', content: [image] },
        { type: 'function_call', call_id: 'c1', name: 'look', arguments: JSON.stringify(call) },
        { type: 'function_call_output', call_id: 'c1', output: [image] },
      ],
    }
  },
  gemini(label, data) {
    const image = { inlineData: { mimeType: label, data } }
    const response = { id: 'c1', name: 'look', response: { output: 'a' }, parts: [image] }
    return {
      model: 'm',
      contents: [
        { role: 'user', parts: [image] },
        { role: 'model', parts: [{ functionCall: { id: 'c1', name: 'look', args: call } }] },
        { role: 'user', parts: [{ functionResponse: response }] },
      ],
    }
  },
}

const PROTOCOLS = {
  chat: openaiChat,
  messages: anthropicMessages,
  responses: openaiResponses,
  gemini,
} as const

const TARGET = { provider: 'p', model: 'm' }

const PAIRS = Object.keys(PROTOCOLS).flatMap((client) =>
  Object.keys(PROTOCOLS).map((target) => [client, target] as const),
)

const translate = (client: string, target: string, label: string, data: string) => {
  const protocols: Readonly<Record<string, (typeof PROTOCOLS)[keyof typeof PROTOCOLS]>> = PROTOCOLS
  const from = protocols[client] ?? openaiChat
  const to = protocols[target] ?? openaiChat
  const request = codecOf(from).decodeRequest(CLIENTS[client]?.(label, data) ?? {})
  return JSON.stringify(codecOf(to).encodeRequest(request, TARGET).body)
}

const KINDS = [
  ['image/jpg', JPEG, 'image/jpeg'],
  ['image/png', JPEG, 'image/jpeg'],
  ['IMAGE/JPEG', PNG, 'image/png'],
  ['image/png', GIF, 'image/gif'],
  ['image/png', WEBP, 'image/webp'],
  ['application/octet-stream', PNG, 'image/png'],
  // These bytes are unknown: the label is kept, in the form that vendors accept.
  ['image/jpg', UNKNOWN, 'image/jpeg'],
  ['image/heic', UNKNOWN, 'image/heic'],
] as const

describe.each(PAIRS)('an image of a client of %s, for a target of %s', (client, target) => {
  it.each(KINDS)('labelled %s has the type of its bytes', (label, data, mediaType) => {
    const body = translate(client, target, label, data)
    const shown =
      target === 'messages'
        ? `"media_type":"${mediaType}","data":"${data}"`
        : target === 'gemini'
          ? `"mimeType":"${mediaType}","data":"${data}"`
          : `data:${mediaType};base64,${data}`
    expect(body.split(shown)).toHaveLength(3)
    if (label !== mediaType) expect(body).not.toContain(`${label};`)
  })

  it('that is a document is sent as one', () => {
    const body = translate(client, target, 'image/png', PDF)
    const place: Readonly<Record<string, string>> = {
      chat: '"type":"file"',
      messages: '"type":"document"',
      responses: '"type":"input_file"',
      gemini: '"mimeType":"application/pdf"',
    }
    expect(body.split(place[target] ?? '?')).toHaveLength(3)
    expect(body).not.toContain('image/png')
  })
})

describe('a file that is an image', () => {
  it.each([
    [
      'chat',
      openaiChat,
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'file', file: { filename: 'a.pdf', file_data: JPEG } },
              { type: 'text', text: 'What is it?' },
            ],
          },
        ],
      },
    ],
    [
      'messages',
      anthropicMessages,
      {
        max_tokens: 9,
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'document',
                source: { type: 'base64', media_type: 'application/pdf', data: JPEG },
              },
              { type: 'text', text: 'What is it?' },
            ],
          },
        ],
      },
    ],
  ] as const)('is sent as one (%s)', (_, protocol, body) => {
    const request = codecOf(protocol).decodeRequest({ model: 'm', ...body })
    expect(codecOf(anthropicMessages).encodeRequest(request, TARGET).body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: JPEG } },
          { type: 'text', text: 'What is it?' },
        ],
      },
    ])
  })
})
