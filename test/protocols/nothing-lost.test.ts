/**
 * Nothing that a client says is lost in silence: it is in the upstream's request, or named as dropped, or refused with
 * its place. One unknown thing at a time in every place of every protocol, for every target.
 */
import { describe, expect, it } from 'vitest'
import { GatewayError, isJsonObject, type JsonObject } from '#model'
import {
  anthropicMessages,
  gemini,
  geminiBatchEmbedContents,
  geminiEmbedContent,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
} from '#protocols'
import { codecOf } from '../tools/protocols/byte-codec.ts'

type Path = readonly (string | number)[]

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAE='
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } }
const UNKNOWN = { zebra: 'stripes' }

const CHAT = {
  model: 'm',
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'a' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'b' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
        { type: 'file', file: { filename: 'a', file_data: 'data:text/plain;base64,aGk=' } },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'c' } },
      ],
    },
    {
      role: 'assistant',
      content: [{ type: 'text', text: 'd' }],
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'e' }] },
  ],
  tools: [
    { type: 'function', function: { name: 'f', parameters: SCHEMA } },
    { name: 'g', input_schema: SCHEMA },
    { type: 'custom', custom: { name: 'h' } },
  ],
  tool_choice: { type: 'function', function: { name: 'f' } },
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema: SCHEMA } },
  reasoning: { effort: 'low' },
  stream_options: { include_usage: true },
}

const MESSAGES = {
  model: 'm',
  max_tokens: 2048,
  system: [{ type: 'text', text: 'a' }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'b' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'c' } },
        { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'x' }] },
      ],
    },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'f', input: {} }] },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'e' }] }],
    },
  ],
  tools: [{ name: 'f', input_schema: SCHEMA }],
  tool_choice: { type: 'auto' },
  thinking: { type: 'enabled', budget_tokens: 1024 },
  output_config: { format: { type: 'json_schema', schema: SCHEMA } },
  metadata: { user_id: 'u' },
}

const RESPONSES = {
  model: 'm',
  input: [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'b' },
        { type: 'input_image', image_url: `data:image/png;base64,${PNG}` },
        { type: 'input_file', filename: 'a', file_data: 'data:text/plain;base64,aGk=' },
      ],
    },
    { role: 'assistant', content: [{ type: 'output_text', text: 'd' }] },
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: 'e' }] },
    { type: 'custom_tool_call', call_id: 'c2', name: 'h', input: 'x' },
    { type: 'custom_tool_call_output', call_id: 'c2', output: 'y' },
    { type: 'local_shell_call', call_id: 'c3', action: { type: 'exec', command: ['ls'] } },
    { type: 'local_shell_call_output', id: 'c3', output: 'z' },
  ],
  tools: [
    { type: 'function', name: 'f', parameters: SCHEMA },
    { type: 'custom', name: 'h' },
    { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'i' }] },
  ],
  tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
  text: { format: { type: 'json_schema', name: 'x', schema: SCHEMA } },
  reasoning: { effort: 'low' },
}

const GEMINI = {
  model: 'm',
  systemInstruction: { parts: [{ text: 'a' }] },
  contents: [
    {
      role: 'user',
      parts: [{ text: 'b' }, { inlineData: { mimeType: 'image/png', data: PNG } }],
    },
    { role: 'model', parts: [{ functionCall: { id: 'c1', name: 'f', args: {} } }] },
    {
      role: 'user',
      parts: [{ functionResponse: { id: 'c1', name: 'f', response: { output: 'e' } } }],
    },
  ],
  tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: SCHEMA }] }],
  toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
  generationConfig: { thinkingConfig: { thinkingBudget: 1024 } },
}

const CLIENTS = [
  ['chat', openaiChat, CHAT],
  ['messages', anthropicMessages, MESSAGES],
  ['responses', openaiResponses, RESPONSES],
  ['gemini', gemini, GEMINI],
] as const

/** What a model reads as it is: the schema of its tools, the arguments of its calls, and what a tool said. */
const VERBATIM = new Set(['properties', 'args', 'input', 'response', 'action'])

/** Every object inside, but for those that are verbatim. */
const placesOf = (value: unknown, path: Path = []): Path[] => {
  if (Array.isArray(value)) return value.flatMap((entry, at) => placesOf(entry, [...path, at]))
  if (!isJsonObject(value)) return []
  const inner = Object.entries(value).flatMap(([key, entry]) =>
    VERBATIM.has(key) && !Array.isArray(entry) ? [] : placesOf(entry, [...path, key]),
  )
  return [path, ...inner]
}

/** Every list of objects inside: of messages, parts, items, tools. */
const listsOf = (value: unknown, path: Path = []): Path[] => {
  if (Array.isArray(value)) {
    const inner = value.flatMap((entry, at) => listsOf(entry, [...path, at]))
    return value.some(isJsonObject) ? [path, ...inner] : inner
  }
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, entry]) =>
    VERBATIM.has(key) && !Array.isArray(entry) ? [] : listsOf(entry, [...path, key]),
  )
}

const changed = (
  value: unknown,
  [step, ...rest]: Path,
  change: (at: unknown) => unknown,
): unknown => {
  if (step === undefined) return change(value)
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as JsonObject
  copy[step] = changed(copy[step], rest, change)
  return copy
}

/** What became of the unknown thing; undefined: nothing did. */
const fateOf = (
  path: Path,
  translate: () => { body: JsonObject; dropped: readonly string[] },
): string | undefined => {
  /** The thing itself, or what it is in. */
  const names = (name: string): boolean =>
    name.includes('zebra') || name.split('.').every((step) => path.includes(step))

  try {
    const { body, dropped } = translate()
    return dropped.some(names) || JSON.stringify(body).includes('zebra') ? 'kept' : undefined
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return error.code === 'invalid_request' && error.param ? 'refused' : undefined
  }
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (place, step) => (typeof place === 'object' ? (place as JsonObject)[step] : undefined),
    value,
  )

const TARGET = { provider: 'p', model: 'm', thinking: 'budget', maxOutputTokens: 9999 } as const

const translateTo =
  (from: (typeof CLIENTS)[number][1], to: (typeof CLIENTS)[number][1], body: unknown) => () => {
    const request = codecOf(from).decodeRequest(body as JsonObject)
    const encoded = codecOf(to).encodeRequest(request, TARGET)
    return { body: encoded.body, dropped: [...encoded.dropped, ...(request.ignoredFields ?? [])] }
  }

const PAIRS = CLIENTS.flatMap(([client, from, body]) =>
  CLIENTS.map(([target, to]) => [client, target, from, to, body] as const),
)

describe.each(PAIRS)('from a client of %s to a target of %s', (_, _target, from, to, body) => {
  const isLost = (path: Path, change: (at: unknown) => unknown): boolean => {
    const kinds = path.map((_step, at) => valueAt(body, [...path.slice(0, at), 'type']))
    const translate = translateTo(from, to, changed(body, path, change))
    return fateOf([...path, ...kinds.map(String)], translate) === undefined
  }

  it('the request itself is translated completely', () => {
    expect(translateTo(from, to, body)().dropped).not.toContain('zebra')
  })

  it('no unknown field is lost, wherever it is', () => {
    const lost = placesOf(body).filter((path) => {
      const more = (at: unknown) => ({ ...(at as object), ...UNKNOWN })
      return isLost(path, more)
    })
    expect(lost).toEqual([])
  })

  it('no unknown kind of thing is lost, whichever list it is in', () => {
    const lost = listsOf(body).filter((path) => {
      const more = (at: unknown) => [...(at as unknown[]), { type: 'zebra', ...UNKNOWN }]
      return isLost(path, more)
    })
    expect(lost).toEqual([])
  })

  it('no unknown type is lost', () => {
    const lost = placesOf(body)
      .flatMap((path) => ['type', 'role', 'mode'].map((key) => [...path, key]))
      .filter((path) => {
        const at = valueAt(body, path)
        if (typeof at !== 'string' || /parameters|schema/i.test(path.join())) return false
        return isLost(path, () => 'zebra')
      })
    expect(lost).toEqual([])
  })
})

describe('from a client of completions', () => {
  it.each(CLIENTS)('no unknown field is lost on its way to %s', (_, to) => {
    const body = { model: 'm', prompt: 'a', ...UNKNOWN }
    const request = codecOf(openaiCompletions).decodeRequest(body)
    expect(codecOf(to).encodeRequest(request, TARGET).dropped).toContain('zebra')
  })
})

describe('from a client of embeddings', () => {
  it.each([
    ['openai', openaiEmbeddings, { input: 'a', ...UNKNOWN }],
    ['gemini', geminiEmbedContent, { content: { parts: [{ text: 'a' }] }, ...UNKNOWN }],
    ['gemini', geminiEmbedContent, { content: { parts: [{ text: 'a', ...UNKNOWN }] } }],
    [
      'gemini, of many',
      geminiBatchEmbedContents,
      { requests: [{ content: { ...UNKNOWN, parts: [{ text: 'a' }] } }] },
    ],
  ])('no unknown field is lost (%s)', (_, from, body) => {
    const request = from.decodeRequest({ model: 'm', ...body })
    for (const to of [openaiEmbeddings, geminiBatchEmbedContents])
      expect(to.encodeRequest(request, TARGET).dropped.join()).toContain('zebra')
  })
})
