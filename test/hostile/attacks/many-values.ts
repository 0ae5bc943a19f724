/** Bodies that are small on the wire and large as values. */
import { CLAUDE, GPT } from '../../tools/app/asks.ts'
import type { Attack } from '../attack.ts'
import type { Field } from '../field.ts'

const BODY_BYTES = 30_000_000

/** As often as it goes in, between a beginning and an end. */
const fill = (before: string, value: string, after: string): Buffer => {
  const times = Math.floor((BODY_BYTES - before.length - after.length) / value.length)
  return Buffer.from(`${before}${value.repeat(times)}${after}`)
}

const postEach = (field: Field, asks: readonly (readonly [string, Buffer])[], atOnce: number) =>
  field.storm(atOnce, async (turn) => {
    const [path, body] = asks[turn % asks.length] ?? []
    if (path !== undefined) await field.post(path, body, { caller: turn })
  })

export const emptyMessages: Attack = {
  name: 'empty-messages',
  does: 'sends 10 million empty messages, parts, items and tools in bodies of 30 MB',
  seconds: 6,
  run: (field) =>
    postEach(
      field,
      [
        ['/v1/chat/completions', fill(`{"model":"${CLAUDE}","messages":[`, '{},', '{}]}')],
        ['/v1/messages', fill(`{"model":"${GPT}","max_tokens":1,"messages":[`, '{},', '{}]}')],
        ['/v1/responses', fill(`{"model":"${CLAUDE}","input":[`, '{},', '{}]}')],
        ['/v1/chat/completions', fill(`{"model":"${GPT}","messages":[`, '[],', '[]]}')],
        [`/v1beta/models/${CLAUDE}:generateContent`, fill('{"contents":[', '{},', '{}]}')],
        ['/v1/embeddings', fill('{"model":"text-embedding-3-small","input":[', '"",', '""]}')],
      ],
      2,
    ),
}

const MEMBERS = Array.from({ length: 2_000_000 }, (_, at) => `"m${at}":${at % 10},`).join('')

export const manyMembers: Attack = {
  name: 'many-members',
  does: 'sends objects with 2 million members, at the top and within',
  seconds: 6,
  run: (field) =>
    postEach(
      field,
      [
        ['/v1/chat/completions', Buffer.from(`{${MEMBERS}"model":"${GPT}","messages":[]}`)],
        ['/v1/responses', Buffer.from(`{${MEMBERS}"model":"${GPT}","input":"x"}`)],
        [
          '/v1/messages',
          Buffer.from(
            `{"model":"${GPT}","max_tokens":1,"messages":[],"metadata":{${MEMBERS}"z":1}}`,
          ),
        ],
        [
          '/v1/messages',
          Buffer.from(`{${MEMBERS}"model":"${CLAUDE}","max_tokens":1,"messages":[]}`),
        ],
      ],
      2,
    ),
}

export const deepValues: Attack = {
  name: 'deep-values',
  does: 'sends lists that are nested 10 million deep',
  seconds: 3,
  run: (field) =>
    postEach(
      field,
      [
        ['/v1/chat/completions', fill(`{"model":"${CLAUDE}","messages":`, '[', '')],
        ['/v1/responses', fill(`{"model":"${CLAUDE}","input":`, '{"a":', '')],
        ['/v1/messages', fill('', '[', '')],
      ],
      2,
    ),
}
