import { expect, it } from 'vitest'
import { findPreviousId } from '../../../src/server/http/hand-over.ts'

it.each([
  ['{"model":"m","previous_response_id":"resp_1","input":"x"}', 'resp_1'],
  ['{"previous_response_id" :\n "resp_1"}', 'resp_1'],
  [
    '{"tools":[{"parameters":{"properties":{"previous_response_id":{}}}}],"previous_response_id":"resp_1"}',
    'resp_1',
  ],
  ['{"metadata":{"previous_response_id":"resp_1"}}', undefined],
  ['{"previous_response_id":"resp_1"}, and more', undefined],
  ['{"a":[[[[[[[[1]]]]]]]],"previous_response_id":"resp_1"}', undefined],
  ['{"previous_response_id":null}', undefined],
  [String.raw`{"input":"\"previous_response_id\":\"resp_1\""}`, undefined],
  ['{"previous_response_id":"never ends', undefined],
  [`{"previous_response_id":"${'x'.repeat(1000)}"}`, undefined],
  ['{}', undefined],
])('finds the earlier response that is named in %s', (body, id) => {
  expect(findPreviousId(Buffer.from(body), 8)).toBe(id)
})
