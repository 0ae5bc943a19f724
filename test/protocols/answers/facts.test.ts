/** What an answer says of itself: its id, its model, and why it ended. */
import { describe, expect, it } from 'vitest'
import type { AnswerFacts, JsonObject } from '#model'
import {
  anthropicMessages,
  gemini,
  openaiChat,
  openaiCompletions,
  openaiResponses,
  type Protocol,
} from '#protocols'

const FACTS: readonly (readonly [string, Protocol, JsonObject, AnswerFacts])[] = [
  [
    'Chat, of each choice',
    openaiChat,
    { id: 'c1', model: 'm', choices: [{ finish_reason: 'stop' }, { finish_reason: 'length' }] },
    { id: 'c1', model: 'm', reasons: ['stop', 'length'] },
  ],
  [
    'Completions',
    openaiCompletions,
    { id: 'c1', model: 'm', choices: [{ finish_reason: 'length' }] },
    { id: 'c1', model: 'm', reasons: ['length'] },
  ],
  [
    'Messages',
    anthropicMessages,
    { id: 'm1', model: 'm', stop_reason: 'tool_use' },
    { id: 'm1', model: 'm', reasons: ['tool-calls'] },
  ],
  [
    'Gemini',
    gemini,
    { responseId: 'g1', modelVersion: 'm', candidates: [{ finishReason: 'MAX_TOKENS' }] },
    { id: 'g1', model: 'm', reasons: ['length'] },
  ],
  [
    'Responses',
    openaiResponses,
    {
      id: 'r1',
      model: 'm',
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    },
    { id: 'r1', model: 'm', reasons: ['length'] },
  ],
  [
    'Responses that is still generated',
    openaiResponses,
    { id: 'r1', model: 'm', status: 'in_progress' },
    { id: 'r1', model: 'm' },
  ],
]

describe('the facts of an answer', () => {
  it.each(FACTS)('are read in %s', (_, protocol, answer, facts) => {
    expect(protocol.decodeFacts(answer)).toEqual(facts)
  })

  it.each([
    ['of other types', { id: 7, model: null, choices: [{ finish_reason: {} }, 7] }, {}],
    ['that are empty', { id: '', model: '', choices: [] }, {}],
    ['that are no names', { id: 'x'.repeat(10_000), model: 'x'.repeat(10_000) }, {}],
    [
      'that no vendor is known to write',
      { choices: [{ finish_reason: 'so\u0000 it ends<script>' }] },
      { reasons: ['so it endsscript'] },
    ],
  ])('leave out what cannot be used: %s', (_, answer, facts) => {
    expect(openaiChat.decodeFacts(answer as JsonObject)).toEqual(facts)
  })

  it('are of a bounded number of choices', () => {
    const choices = Array.from({ length: 1_000 }, () => ({ finish_reason: 'stop' }))
    expect(openaiChat.decodeFacts({ choices }).reasons).toHaveLength(16)
  })
})
