/** What a request names by its id alone. */
import { describe, expect, it } from 'vitest'
import { openaiResponses } from '#protocols'
import { findMembers } from '#streams'

const find = (json: string, isExact = true) => {
  const body = Buffer.from(json)
  const found = openaiResponses.findReferences?.(body, findMembers(body, 512), isExact) ?? []
  return found.map(({ kind, id, param }) => [kind, id, param])
}

describe('references', () => {
  it.each<[string, string, unknown[]]>([
    [
      '{"previous_response_id":"resp_1"}',
      'a response',
      ['response', 'resp_1', 'previous_response_id'],
    ],
    ['{"conversation":"conv_1"}', 'a conversation', ['conversation', 'conv_1', 'conversation']],
    [
      '{"conversation":{"id":"conv_1"}}',
      'the same in an object',
      ['conversation', 'conv_1', 'conversation'],
    ],
    ['{"input":[{"id":"x"}]}', 'an item without a type', ['item', 'x', 'input[0].id']],
    [
      '{"input":[{"type":"reasoning","id":"rs_1","encrypted_content":""}]}',
      'thoughts whose content is empty',
      ['lookup', 'rs_1', 'input[0].id'],
    ],
    [
      '{"input":[{"type":"mcp_approval_response","approval_request_id":"mcpr_1"}]}',
      'an approval',
      ['lookup', 'mcpr_1', 'input[0].approval_request_id'],
    ],
    [
      '{"input":[{"type":"of tomorrow","id":"x_1"}]}',
      'an item that nobody knows yet',
      ['mention', 'x_1', 'input[0].id'],
    ],
    [
      '{"tools":[{"type":"code_interpreter","container":"cntr_1"}]}',
      'a container',
      ['mention', 'cntr_1', 'tools'],
    ],
    [
      String.raw`{"tools":[{"type":"shell","environment":{"\u0063ontainer_id":"cntr_1"}}]}`,
      'a container of a shell',
      ['mention', 'cntr_1', 'tools'],
    ],
  ])('%s names %s', (json, _what, expected) => {
    expect(find(json)).toEqual([expected])
  })

  it.each([
    '{"input":"item_reference"}',
    '{"input":[{"type":"message","role":"user","id":"msg_1","content":"\\"item_reference\\""}]}',
    '{"input":[{"type":"reasoning","id":"rs_1","encrypted_content":"sealed"}]}',
    '{"input":[{"type":"image_generation_call","id":"ig_1","result":"AAAA"}]}',
    '{"tools":[{"type":"code_interpreter","container":{"type":"auto"}}]}',
    '{"previous_response_id":null,"conversation":null,"input":[]}',
    '{"input":{"id":"x"}}',
  ])('%s names nothing', (json) => {
    expect(find(json)).toEqual([])
  })

  it('are searched in plain text only if that is enough', () => {
    expect(find('{"input":[{"type":"reasoning","id":"rs_1"}]}', false)).toEqual([])
    expect(find('{"input":[{"type":"item_reference","id":"x"}]}', false)).toHaveLength(1)
  })
})
