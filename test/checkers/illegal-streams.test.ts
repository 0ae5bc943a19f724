/** Every illegal stream is refused, and for its own reason only. */

import { describe, expect, it } from 'vitest'

import { CHECKS, listStreams, readStream } from './stream-files.ts'
import type { Expectation, StreamFolder } from './stream-files.ts'

const REFUSALS: Record<StreamFolder, Record<string, [violation: string, asked?: Expectation]>> = {
  framing: {
    'not-json': ['event 3: the data is not JSON'],
    'half-event-before-error': ['event 3: the data is not JSON'],
    'last-event-not-ended': ['event 5: the last event is not ended by a blank line'],
    'cut-in-a-line': ['event 2: the last event is not ended by a blank line'],
    'one-newline-between-events': ['event 1: the data is not JSON'],
    'character-cut-in-two': ['event 3: a line is not valid UTF-8'],
    'bytes-read-as-latin1': ['event 2: a line is not valid UTF-8'],
    'unknown-field': ["event 1: the field 'id' is not event or data"],
    'json-without-a-field': [`event 2: the field '{"oops"' is not event or data`],
    'a-page-instead': ["event 1: the line '<html><body>Bad gateway</body></html>' has no colon"],
    'byte-order-mark': ["event 1: the field '\ufeffdata' is not event or data"],
    'bare-carriage-return': ['event 2: a line holds a bare carriage return'],
    'event-without-data': ['event 1: an event: line has no data: line'],
    'two-event-lines': ['event 1: an event has two event: lines'],
  },
  'chat-completions': {
    'no-terminator': ['the stream ends without [DONE] or an error'],
    'clean-cut-in-the-middle': ['the stream ends without [DONE] or an error'],
    empty: ['the stream ends without [DONE] or an error'],
    'done-without-finish-reason': ['event 4: [DONE] stands before a finish_reason'],
    'done-without-choices': ['event 1: [DONE] stands before any choice'],
    'event-after-done': ['event 6: an event follows [DONE]'],
    'done-after-error': ['event 4: an event follows the error'],
    'error-after-finish-reason': ['event 5: an error follows the finish_reason'],
    'error-in-a-normal-chunk': ['event 2: a chunk has a truthy top-level error'],
    'error-without-type': ['event 1: error.type is missing, not a filled string'],
    'empty-finish-reason': [
      "event 2: choices[0].finish_reason is '', not 'stop' or 'length' or 'tool_calls' or 'content_filter' or 'function_call'",
    ],
    'two-finish-reasons': ['event 5: choice 0 goes on after its finish_reason'],
    'content-after-finish-reason': ['event 5: choice 0 goes on after its finish_reason'],
    'no-role': ['event 1: the first delta of choice 0 has no role'],
    'other-role': ["event 2: choices[0].delta.role is 'user', not 'assistant'"],
    'id-changes': ["event 3: the id changes from 'chatcmpl-1' to 'chatcmpl-2'"],
    'model-changes': ["event 3: the model changes from 'gpt-5' to 'gpt-4'"],
    'created-changes': ['event 3: created changes'],
    'created-in-milliseconds': ['event 1: created is 1763700000000, not a whole number of seconds'],
    'other-model': [
      "event 1: the model is 'gpt-5', not 'claude-opus-5-5'",
      { model: 'claude-opus-5-5' },
    ],
    'other-object': ["event 1: object is 'chat.completion', not 'chat.completion.chunk'"],
    'choices-missing': ['event 1: choices is missing, not an array'],
    'content-is-an-array': ['event 1: choices[0].delta.content is an array, not a string'],
    'event-line': ['event 1: a chat event has an event: line'],
    'parallel-calls-share-index': ['event 4: tool call 0 begins twice'],
    'parallel-calls-share-id': ["event 4: the tool call id 'call_a' is used twice"],
    'tool-index-skips': ['event 2: tool call index 1 should be 0'],
    'arguments-before-start': ['event 2: tool call 0 does not begin with id, type and name'],
    'tool-id-repeated': ['event 3: tool call 0 begins twice'],
    'tool-id-too-long': ['event 2: a tool call id is longer than 40'],
    'arguments-are-not-json': ['event 4: the arguments of tool call 0 are not a JSON object'],
    'arguments-are-empty': ['event 3: the arguments of tool call 0 are not a JSON object'],
    'stop-though-tools-were-called': ['event 6: finish_reason is stop though tools were called'],
    'tool-calls-without-a-call': ['event 2: finish_reason is tool_calls without a tool call'],
    'usage-chunk-missing': ['event 5: the usage chunk is missing', { includeUsage: true }],
    'usage-null-missing': [
      'event 1: a chunk lacks usage: null though usage was asked for',
      { includeUsage: true },
    ],
    'usage-null-missing-unasked': ['event 5: usage is sent, but earlier chunks lack usage: null'],
    'usage-in-a-chunk-with-choices': [
      'event 4: usage stands in a chunk that has choices',
      { includeUsage: true },
    ],
    'usage-not-asked-for': [
      'event 5: usage is sent though it was not asked for',
      { includeUsage: false },
    ],
    'usage-before-finish-reason': [
      'event 4: the usage chunk stands before the finish_reason',
      { includeUsage: true },
    ],
    'usage-twice': ['event 6: a chunk follows the usage chunk', { includeUsage: true }],
    'usage-total-is-wrong': [
      'event 5: total_tokens is not prompt_tokens plus completion_tokens',
      { includeUsage: true },
    ],
    'usage-excludes-cached': [
      'event 5: prompt_tokens does not include the cached tokens',
      { includeUsage: true },
    ],
    'usage-excludes-reasoning': [
      'event 5: completion_tokens does not include the reasoning tokens',
      { includeUsage: true },
    ],
    'usage-is-a-string': [
      "event 5: usage.prompt_tokens is '12', not a whole number of at least 0",
      { includeUsage: true },
    ],
    'no-choices-and-no-usage': ['event 2: a chunk has neither choices nor usage'],
  },
  'anthropic-messages': {
    'no-terminator': ['the stream ends without message_stop or an error'],
    'clean-cut-in-the-middle': ['the stream ends without message_stop or an error'],
    'no-event-line': ['event 3: a content_block_delta has no event: line'],
    'event-line-is-not-the-type': [
      "event 3: the event: line says 'content_block_start', the type 'content_block_delta'",
    ],
    'no-message-start': ['event 1: a content_block_start stands before message_start'],
    'ping-before-message-start': ['event 1: a ping stands before message_start'],
    'message-start-twice': ['event 2: message_start comes twice'],
    'message-start-with-content': ['event 1: message.content is an array, not []'],
    'message-start-with-stop-reason': ["event 1: message.stop_reason is 'end_turn', not null"],
    'no-input-tokens': ['event 1: the usage counts no input tokens'],
    'negative-input-tokens': [
      'event 1: message.usage.input_tokens is -4, not a whole number of at least 0',
    ],
    'cache-creation-does-not-add-up': [
      'event 1: cache_creation does not add up to cache_creation_input_tokens',
    ],
    'blocks-from-one': ['event 2: block index 1 should be 0'],
    'block-index-skips': ['event 5: block index 2 should be 1'],
    'block-index-reused': ['event 5: block index 0 should be 1'],
    'blocks-interleave': ['event 4: block 1 starts before block 0 has stopped'],
    'delta-of-another-block': ['event 6: a content_block_delta has index 0, not 1'],
    'delta-before-start': ['event 2: a content_block_delta stands outside a block'],
    'delta-after-stop': ['event 5: a content_block_delta stands outside a block'],
    'tool-stopped-twice': ['event 6: a content_block_stop stands outside a block'],
    'block-never-stopped': ['event 4: message_delta stands before block 0 has stopped'],
    'text-delta-in-a-tool': ['event 3: a text_delta stands in a block of type tool_use'],
    'json-delta-in-text': ['event 3: a input_json_delta stands in a block of type text'],
    'signature-in-text': ['event 3: a signature_delta stands in a block of type text'],
    'thinking-after-signature': ['event 6: a thinking_delta follows the signature'],
    'signature-in-two-deltas': ['event 6: a signature_delta follows the signature'],
    'thinking-without-signature': ['event 6: the thinking of block 0 is not signed'],
    'delta-in-redacted-thinking': [
      'event 3: a thinking_delta stands in a block of type redacted_thinking',
    ],
    'redacted-thinking-without-data': [
      'event 2: content_block.data is missing, not a filled string',
    ],
    'text-in-the-start': ["event 2: content_block.text is 'Hello', not ''"],
    'input-in-the-start': ['event 2: content_block.input is an object, not {}'],
    'tool-without-name': ['event 2: content_block.name is missing, not a filled string'],
    'tool-id-with-a-colon': [
      "event 2: the tool id 'functions.read:0' has characters that are refused on replay",
    ],
    'tool-id-used-twice': ["event 6: the tool id 'toolu_1' is used twice"],
    'input-is-not-json': ['event 5: the input of block 0 is not a JSON object'],
    'input-is-an-array': ['event 5: the input of block 0 is not a JSON object'],
    'broken-input-before-another-block': ['event 5: the input of block 0 is not a JSON object'],
    'empty-text-block': ['event 4: the text of block 0 is empty'],
    'end-turn-though-a-tool-is-used': ['event 6: stop_reason is end_turn though a tool is used'],
    'tool-use-without-a-tool': ['event 5: stop_reason is tool_use without a tool_use'],
    'stop-reason-of-another-protocol': [
      "event 5: delta.stop_reason is 'stop', not 'end_turn' or 'max_tokens' or 'stop_sequence' or 'tool_use' or 'pause_turn' or 'refusal' or 'model_context_window_exceeded' or 'compaction'",
    ],
    'no-stop-reason': [
      "event 5: delta.stop_reason is null, not 'end_turn' or 'max_tokens' or 'stop_sequence' or 'tool_use' or 'pause_turn' or 'refusal' or 'model_context_window_exceeded' or 'compaction'",
    ],
    'stop-sequence-unnamed': ['event 5: stop_reason is stop_sequence without the sequence'],
    'stop-sequence-not-met': ['event 5: stop_sequence is set though stop_reason is end_turn'],
    'no-message-delta': ['event 5: message_stop stands before message_delta'],
    'message-delta-twice': ['event 6: message_delta comes twice'],
    'message-delta-without-usage': ['event 5: usage is missing, not an object'],
    'output-excludes-thinking': ['event 5: output_tokens does not include the thinking tokens'],
    'input-tokens-overwritten-with-none': [
      'event 5: the usage overwrites the input tokens with none',
    ],
    'block-after-message-delta': ['event 6: a block starts after message_delta'],
    'message-stop-twice': ['event 7: an event follows message_stop'],
    'done-after-message-stop': ['event 7: an event follows message_stop'],
    'event-after-error': ['event 3: an event follows the error'],
    'error-type-unknown': [
      "event 2: error.type is 'server_error', not 'invalid_request_error' or 'authentication_error' or 'billing_error' or 'permission_error' or 'not_found_error' or 'conflict_error' or 'request_too_large' or 'rate_limit_error' or 'timeout_error' or 'api_error' or 'overloaded_error'",
    ],
    'unknown-event': ["event 2: type is 'text_delta', which the protocol does not know"],
    'other-model': ["event 1: the model is 'claude-opus-5-5', not 'gpt-5'", { model: 'gpt-5' }],
  },
  'openai-responses': {
    'no-terminator': ['the stream ends without response.completed, .incomplete or .failed'],
    'no-created': ['event 1: a response.in_progress stands before response.created'],
    'no-in-progress': ['event 2: a response.output_item.added stands before response.in_progress'],
    'completed-twice': ['event 11: an event follows response.completed'],
    'done-after-completed': ['event 11: an event follows response.completed'],
    'sequence-starts-at-one': ['event 1: sequence_number 1 should be 0'],
    'sequence-repeats': ['event 2: sequence_number 0 should be 1'],
    'sequence-missing': ['event 1: sequence_number is missing, not a whole number of at least 0'],
    'no-event-line': ['event 7: a response.output_text.done has no event: line'],
    'event-line-is-not-the-type': [
      "event 1: the event: line says 'response.started', the type 'response.created'",
    ],
    'error-event-instead-of-failed': ["event 3: type is 'error', which the protocol does not know"],
    'failed-without-error': ['event 3: response.error is null, not an object'],
    'delta-before-item': ['event 3: a response.output_text.delta stands before its item was added'],
    'delta-before-part': ['event 4: a output_text delta stands before its start'],
    'delta-after-text-done': ['event 8: a output_text delta follows its done'],
    'delta-after-item-done': [
      'event 10: a response.output_text.delta follows the done of its item',
    ],
    'delta-with-id-of-another-item': [
      'event 5: a response.output_text.delta has the id of another item',
    ],
    'text-done-is-not-the-deltas': ['event 7: the output_text done is not the joined deltas'],
    'part-done-is-not-the-text': [
      'event 8: the done content part is not the text that was streamed',
    ],
    'part-done-before-text-done': ['event 7: a content part is done before its text is'],
    'item-done-before-part-done': ['event 8: an item is done before its content part 0'],
    'item-done-is-not-the-parts': ['event 9: the done item is not the parts that were streamed'],
    'item-done-in-progress': ['event 9: an item is done with the status in_progress'],
    'item-id-changes': ['event 9: the id of the item changes before its done'],
    'item-never-added': ['event 3: item 0 is done before it was added'],
    'item-never-done': ['event 9: response.completed stands before item 0 is done'],
    'item-done-twice': ['event 8: item 0 is done twice'],
    'item-added-with-content': ['event 3: item.content is an array, not []'],
    'output-index-skips': ['event 3: output_index 1 should be 0'],
    'output-index-reused': ['event 10: output_index 0 should be 1'],
    'item-id-used-twice': ["event 10: the item id 'msg_1' is used twice"],
    'call-id-used-twice': ["event 8: the call_id 'call_1' is used twice"],
    'call-id-missing': ['event 3: item.call_id is missing, not a filled string'],
    'arguments-done-is-not-the-deltas': [
      'event 6: the function_call_arguments done is not the joined deltas',
    ],
    'arguments-never-done': ['event 6: a function_call is done before its payload is'],
    'arguments-are-not-json': ['event 6: the arguments are not a JSON object'],
    'arguments-in-a-message': ['event 5: a function_call_arguments delta stands before its start'],
    'custom-input-in-a-function-call': [
      'event 4: a custom_tool_call_input delta stands in a function_call',
    ],
    'namespace-lost': ['event 7: the namespace of the item changes before its done'],
    'summary-in-a-message': ['event 4: a summary_text part stands in a message'],
    'completed-with-empty-output': [
      'event 10: the output of response.completed is not the done items',
    ],
    'completed-with-other-output': [
      'event 10: the output of response.completed is not the done items',
    ],
    'completed-with-output-never-streamed': [
      'event 3: the output of response.completed is not the done items',
    ],
    'completed-without-usage': ['event 10: response.usage is missing, not an object'],
    'completed-with-status-in-progress': [
      "event 10: response.status is 'in_progress', not 'completed'",
    ],
    'completed-with-an-incomplete-item': ['event 7: a completed response holds an incomplete item'],
    'incomplete-without-reason': ['event 3: response.incomplete_details is null, not an object'],
    'response-id-changes': ['event 10: the id of the response changes'],
    'model-changes': ['event 10: the model changes'],
    'other-model': ["event 1: the model is 'gpt-5', not 'gpt-4'", { model: 'gpt-4' }],
    'usage-total-is-wrong': ['event 10: total_tokens is not input_tokens plus output_tokens'],
    'usage-excludes-cached': ['event 10: input_tokens does not include the cached tokens'],
  },
}

describe.each(Object.entries(REFUSALS))('an illegal stream of %s', (name, refusals) => {
  const folder = name as StreamFolder

  it.each(Object.entries(refusals))('is refused: %s', (file, [violation, asked]) => {
    expect(CHECKS[folder](readStream('illegal', folder, file), asked)).toEqual([violation])
  })

  it('has its reason in the table, each of them', () => {
    expect(listStreams('illegal', folder)).toEqual(Object.keys(refusals).toSorted())
  })
})
