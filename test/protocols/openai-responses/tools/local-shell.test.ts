/** The shell that the client runs itself: its tool, its calls and their outputs travel together. */
import { describe, expect, it } from 'vitest'
import { foldMessage, type JsonObject, type ModelEvent } from '#model'
import { anthropicMessages, gemini, NOTHING_TO_UNDO, openaiChat, openaiResponses } from '#protocols'
import { checkResponsesAnswer, checkResponsesStream } from '../../../tools/checkers/index.ts'
import { ANSWER, codecOf, encodeStream } from '../../../tools/protocols/byte-codec.ts'

const ACTION = { type: 'exec', command: ['ls', '-l'], env: { A: 'b' }, working_directory: '/tmp' }

const ARGUMENTS = { command: ['ls', '-l'], env: { A: 'b' }, working_directory: '/tmp' }

const toBody = (call: JsonObject, output: JsonObject) => ({
  model: 'm',
  input: [
    { role: 'user', content: 'List it.' },
    { type: 'local_shell_call', status: 'completed', action: ACTION, ...call },
    { type: 'local_shell_call_output', output: '{"stdout":"a.txt"}', ...output },
  ],
  tools: [{ type: 'local_shell' }],
})

const USAGE = {
  inputTokens: 1,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 1,
  reasoningTokens: 0,
}

const decode = (body: JsonObject) => codecOf(openaiResponses).decodeRequest(body)

describe('a call of the local shell', () => {
  it.each([
    [{ id: 'lsh_1', call_id: 'c1' }, { id: 'c1' }],
    [{ id: 'lsh_1', call_id: 'c1' }, { id: 'lsh_1' }],
    [
      { id: 'lsh_1', call_id: 'c1' },
      { id: 'lsho_1', call_id: 'c1' },
    ],
    [
      { id: null, call_id: 'c1' },
      { type: 'function_call_output', call_id: 'c1' },
    ],
  ])('%j has the output %j', (call, output) => {
    const { turns, tools } = decode(toBody(call, output))
    expect(tools).toMatchObject([{ kind: 'function', name: 'local_shell' }])
    expect(turns.slice(1)).toEqual([
      {
        role: 'assistant',
        parts: [
          {
            kind: 'tool-call',
            id: 'c1',
            name: 'local_shell',
            arguments: JSON.stringify(ARGUMENTS),
          },
        ],
      },
      {
        role: 'tool',
        parts: [
          {
            kind: 'tool-result',
            callId: 'c1',
            parts: [{ kind: 'text', text: '{"stdout":"a.txt"}' }],
          },
        ],
      },
    ])
  })

  it.each([
    ['chat', openaiChat],
    ['messages', anthropicMessages],
    ['gemini', gemini],
  ])('reaches a model of %s with its output and its tool', (_, protocol) => {
    const request = decode(toBody({ call_id: 'c1' }, { id: 'c1' }))
    const { body, dropped } = codecOf(protocol).encodeRequest(request, {
      provider: 'p',
      model: 'm',
    })
    const json = JSON.stringify(body)
    expect(dropped).toEqual([])
    expect(json).toContain('a.txt')
    expect(json.split('"local_shell"').length).toBeGreaterThanOrEqual(3)
    expect(json).toContain('working_directory')
  })

  it.each([
    ['as it is', '{"command":["ls"]}', ['ls']],
    ['as one line', '{"command":"ls | wc"}', ['bash', '-lc', 'ls | wc']],
  ])('is restored as one, %s', (_, text, command) => {
    const request = decode(toBody({ call_id: 'c1' }, { id: 'c1' }))
    const events: readonly ModelEvent[] = [
      { type: 'message-start', id: 'r', model: 'm' },
      {
        type: 'part-start',
        index: 0,
        part: { kind: 'tool-call', id: 'c2', name: 'local_shell' },
      },
      { type: 'part-delta', index: 0, text },
      { type: 'part-end', index: 0 },
      { type: 'message-end', reason: 'tool-calls', usage: USAGE },
    ]
    const context = { ...ANSWER, request }
    const answer = codecOf(openaiResponses).encodeMessage(foldMessage(events), context)
    expect(answer.output).toMatchObject([
      {
        type: 'local_shell_call',
        call_id: 'c2',
        status: 'completed',
        action: { type: 'exec', command, env: {} },
      },
    ])
    expect(checkResponsesAnswer(answer, { model: 'asked-model' })).toEqual([])
    const stream = encodeStream(codecOf(openaiResponses), events, context)
    expect(checkResponsesStream(stream, { model: 'asked-model' })).toEqual([])
    expect(codecOf(openaiResponses).decodeMessage(answer, NOTHING_TO_UNDO)).not.toEqual([])
  })
})
