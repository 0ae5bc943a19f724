/** What travels in the bench: the two protocols' requests, the words of an answer, and how its end is known. */
export type Protocol = 'chat' | 'messages'

/** Every word of an answer carries this, so that a client can count the tokens that reached it. */
export const MARK = 'tide'
export const word = (index: number): string => ` ${MARK}${String(index % 100).padStart(2, '0')}`

/** Words in an answer that is not streamed: about 1 KB in all. */
export const ANSWER_WORDS = 90

const PATHS: Record<Protocol, string> = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
}

/** The last bytes of a whole stream. */
export const TERMINATORS: Record<Protocol, string> = {
  chat: 'data: [DONE]\n\n',
  messages: '{"type":"message_stop"}\n\n',
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
const SOURCE_LINE = '  const answer = answers.get("name") ?? ask(`what is ${name}?`)\t// café\n'

/** One step of an agent: it asks for a file and gets it. */
const toSteps: Record<Protocol, (id: string, file: string) => unknown[]> = {
  chat: (id, file) => [
    {
      role: 'assistant',
      content: 'I read the file first.',
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
        { type: 'text', text: 'I read the file first.' },
        { type: 'tool_use', id, name: TOOL.name, input: { path: 'src/a.ts' } },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: file }] },
  ],
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
}

export type RequestOptions = {
  protocol: Protocol
  model: string
  sizeKb: number
  streamed: boolean
  headers: Record<string, string>
}

/** The bytes of one request of an agent: a few turns of tool use, filled up to the size asked for. */
export const toRequest = (options: RequestOptions): string => {
  const { protocol, model, sizeKb, streamed, headers } = options
  const bodyOf = (turns: unknown[]) => JSON.stringify(toBody[protocol](model, turns, streamed))
  const turns: unknown[] = [{ role: 'user', content: 'Find out why the test fails, and mend it.' }]
  const missing = () => sizeKb * 1024 - Buffer.byteLength(bodyOf(turns))
  for (let step = 0; missing() > 600; step++) {
    const lines = Math.min(60, Math.floor((missing() - 350) / 76))
    turns.push(...toSteps[protocol](`toolu_bench${step}`, SOURCE_LINE.repeat(Math.max(1, lines))))
  }
  const body = bodyOf(turns)
  const head = { host: '127.0.0.1', 'content-type': 'application/json', ...headers }
  return [
    `POST ${PATHS[protocol]} HTTP/1.1`,
    ...Object.entries(head).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
