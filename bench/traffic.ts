/** What travels in the bench: each protocol's requests, the words of an answer, and how its end is known. */
export type Protocol = 'chat' | 'messages' | 'responses' | 'gemini'

/** Every word of an answer carries this, so that a client can count the tokens that reached it. */
export const MARK = 'tide'
export const word = (index: number): string => ` ${MARK}${String(index % 100).padStart(2, '0')}`

/** Words in an answer that is not streamed: about 1 KB in all. */
export const ANSWER_WORDS = 90

/** How a token is counted in a stream: of Responses in its deltas alone, for later events repeat all text. */
export const STREAM_MARKS: Record<Protocol, string> = {
  chat: MARK,
  messages: MARK,
  responses: `"delta":" ${MARK}`,
  gemini: MARK,
}

const toPath: Record<Protocol, (model: string, streamed: boolean) => string> = {
  chat: () => '/v1/chat/completions',
  messages: () => '/v1/messages',
  responses: () => '/v1/responses',
  gemini: (model, streamed) =>
    `/v1beta/models/${model}:${streamed ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
}

/** What every upstream says it used: of a stream that has no terminator, the end is known by it. */
export const USED = { input: 400, output: 90 }
const USED_IN_ALL = USED.input + USED.output

/** Patterns of the last bytes of a whole answer. */
export const END_OF_ANSWER = '\\}$'
export const END_OF_FRAMES = '^\\{"type":"done",.*\\}$'
export const ENDS_OF_STREAM: Record<Protocol, string> = {
  chat: 'data: \\[DONE\\]\n\n$',
  messages: '\\{"type":"message_stop"\\}\n\n$',
  // Whoever wrote it, its usage or the whole output comes last.
  responses: `("total_tokens":${USED_IN_ALL}\\b.*|\\]\\}\\]\\},"sequence_number":\\d+\\})\n\n$`,
  gemini: `"totalTokenCount":${USED_IN_ALL}\\b.*\n\n$`,
}

const SYSTEM = 'You are a careful programmer. Read before you write, and say "done" when you are.'
const PARAMETERS = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'The file, from the root of the project' },
    from: { type: 'integer', description: 'The first line' },
    to: { type: 'integer', description: 'The last line' },
  },
  required: ['path'],
}
const TOOL = { name: 'read_file', description: 'Reads a file, or some of its lines.' }
const QUESTION = 'Find out why the test fails, and mend it.'
const REMARK = 'I read the file first.'
const SOURCE_LINE = '  const answer = answers.get("name") ?? ask(`what is ${name}?`)\t// café\n'

/** One step of an agent: it asks for a file and gets it. */
const toSteps: Record<Protocol, (id: string, file: string) => unknown[]> = {
  chat: (id, file) => [
    {
      role: 'assistant',
      content: REMARK,
      tool_calls: [
        { id, type: 'function', function: { name: TOOL.name, arguments: '{"path":"src/a.ts"}' } },
      ],
    },
    { role: 'tool', tool_call_id: id, content: file },
  ],
  messages: (id, file) => [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: REMARK },
        { type: 'tool_use', id, name: TOOL.name, input: { path: 'src/a.ts' } },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: file }] },
  ],
  responses: (id, file) => [
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: REMARK }] },
    { type: 'function_call', call_id: id, name: TOOL.name, arguments: '{"path":"src/a.ts"}' },
    { type: 'function_call_output', call_id: id, output: file },
  ],
  gemini: (id, file) => [
    {
      role: 'model',
      parts: [
        { text: REMARK },
        { functionCall: { id, name: TOOL.name, args: { path: 'src/a.ts' } } },
      ],
    },
    {
      role: 'user',
      parts: [{ functionResponse: { id, name: TOOL.name, response: { output: file } } }],
    },
  ],
}

const FIRST_TURN: Record<Protocol, unknown> = {
  chat: { role: 'user', content: QUESTION },
  messages: { role: 'user', content: QUESTION },
  responses: { type: 'message', role: 'user', content: [{ type: 'input_text', text: QUESTION }] },
  gemini: { role: 'user', parts: [{ text: QUESTION }] },
}

const toBody: Record<Protocol, (model: string, turns: unknown[], streamed: boolean) => object> = {
  chat: (model, turns, streamed) => ({
    model,
    ...(streamed ? { stream: true, stream_options: { include_usage: true } } : {}),
    messages: [{ role: 'system', content: SYSTEM }, ...turns],
    tools: [{ type: 'function', function: { ...TOOL, parameters: PARAMETERS } }],
  }),
  messages: (model, turns, streamed) => ({
    model,
    max_tokens: 4096,
    ...(streamed ? { stream: true } : {}),
    system: [{ type: 'text', text: SYSTEM }],
    messages: turns,
    tools: [{ ...TOOL, input_schema: PARAMETERS }],
  }),
  responses: (model, turns, streamed) => ({
    model,
    ...(streamed ? { stream: true } : {}),
    // As coding agents have it.
    store: false,
    instructions: SYSTEM,
    input: turns,
    tools: [{ type: 'function', ...TOOL, parameters: PARAMETERS, strict: false }],
  }),
  gemini: (_model, turns) => ({
    systemInstruction: { parts: [{ text: SYSTEM }] },
    contents: turns,
    tools: [{ functionDeclarations: [{ ...TOOL, parametersJsonSchema: PARAMETERS }] }],
  }),
}

export type RequestOptions = {
  protocol: Protocol
  model: string
  sizeKb: number
  streamed: boolean
  headers: Record<string, string>
}

/** One request of an agent: a few turns of tool use, filled up to the size asked for. */
const toFilledBody = ({ protocol, model, sizeKb, streamed }: RequestOptions): string => {
  const bodyOf = (turns: unknown[]) => JSON.stringify(toBody[protocol](model, turns, streamed))
  const turns: unknown[] = [FIRST_TURN[protocol]]
  const missing = () => sizeKb * 1024 - Buffer.byteLength(bodyOf(turns))
  for (let step = 0; missing() > 600; step++) {
    const lines = Math.min(60, Math.floor((missing() - 350) / 76))
    turns.push(...toSteps[protocol](`toolu_bench${step}`, SOURCE_LINE.repeat(Math.max(1, lines))))
  }
  return bodyOf(turns)
}

const toHead = (line: string, headers: Record<string, string>): string =>
  [
    `${line} HTTP/1.1`,
    'host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n')

/** The bytes of one request. */
export const toRequest = (options: RequestOptions): string => {
  const { protocol, model, streamed, headers } = options
  const body = toFilledBody(options)
  const head = toHead(`POST ${toPath[protocol](model, streamed)}`, {
    'content-type': 'application/json',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  })
  return head + body
}

/** The same over a WebSocket: what opens it, and the frame's text. */
export const toSocketRequest = (options: RequestOptions): { request: string; frame: string } => ({
  request: toHead('GET /ws', {
    ...options.headers,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.from('sixteen bytes...').toString('base64'),
  }),
  frame: toFilledBody(options),
})
