/** Legal streams pass, so that no checker earns its keep by refusing everything. */

import { describe, expect, it } from 'vitest'

import { checkChatStream, checkMessagesStream } from './index.ts'
import { CHECKS, listStreams, PROTOCOL_FOLDERS, readStream } from './stream-files.ts'
import type { StreamFolder } from './stream-files.ts'

const NEWEST = Buffer.from(
  [
    'event: message_start',
    'data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[],"container":null,"diagnostics":null,"stop_details":null,"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":0,"cache_creation":null,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"inference_geo":null,"output_tokens_details":null,"server_tool_use":null,"service_tier":"standard","speed":null}}}',
    '',
    'event: message_delta',
    'data: {"type":"message_delta","delta":{"container":null,"stop_details":null,"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":3,"output_tokens":0,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens_details":null,"server_tool_use":null}}',
    '',
    'event: message_stop',
    'data: {"type":"message_stop"}',
    '',
    '',
  ].join('\n'),
)

describe.each(PROTOCOL_FOLDERS)('a legal stream of %s', (folder: StreamFolder) => {
  it.each(listStreams('legal', folder))('passes: %s', (name) => {
    expect(CHECKS[folder](readStream('legal', folder, name))).toEqual([])
  })
})

describe('expectations of a stream', () => {
  it('passes with the requested usage and model', () => {
    const bytes = readStream('legal', 'chat-completions', 'text-with-usage')
    expect(checkChatStream(bytes, { includeUsage: true, model: 'gpt-5' })).toEqual([])
  })

  it('passes without usage if none was requested', () => {
    const bytes = readStream('legal', 'chat-completions', 'text')
    expect(checkChatStream(bytes, { includeUsage: false })).toEqual([])
  })

  it('allows an incomplete event before the error of a relayed stream, on request', () => {
    const bytes = readStream('illegal', 'framing', 'half-event-before-error')
    expect(checkChatStream(bytes, { halfEventBeforeError: true })).toEqual([])
  })

  it('allows an incomplete event nowhere else', () => {
    const bytes = readStream('illegal', 'framing', 'not-json')
    expect(checkChatStream(bytes, { halfEventBeforeError: true })).toEqual([
      'event 3: the data is not JSON',
    ])
  })

  it('requires the fields of the newest version on request', () => {
    const bytes = readStream('legal', 'anthropic-messages', 'text')
    expect(checkMessagesStream(NEWEST, { complete: true })).toEqual([])
    expect(checkMessagesStream(bytes, { complete: true })).toContain(
      'event 1: message.stop_details is missing, not an object',
    )
  })
})
