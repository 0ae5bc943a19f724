/** Why an answer ended, in the words of vendors, whatever protocol they speak. */
import { describe, expect, it } from 'vitest'
import { foldMessage, type JsonObject, type ModelEvent } from '#model'
import {
  anthropicMessages,
  gemini,
  NOTHING_TO_UNDO,
  openaiChat,
  openaiCompletions,
  openaiResponses,
} from '#protocols'

/** A complete answer that ends with the word. */
const ANSWERS = {
  chat: {
    codec: openaiChat,
    toAnswer: (finish_reason: string) => ({
      choices: [{ index: 0, message: { content: 'a' }, finish_reason }],
    }),
  },
  completions: {
    codec: openaiCompletions,
    toAnswer: (finish_reason: string) => ({ choices: [{ index: 0, text: 'a', finish_reason }] }),
  },
  messages: {
    codec: anthropicMessages,
    toAnswer: (stop_reason: string) => ({
      type: 'message',
      content: [{ type: 'text', text: 'a' }],
      stop_reason,
    }),
  },
  gemini: {
    codec: gemini,
    toAnswer: (finishReason: string) => ({
      candidates: [{ content: { parts: [{ text: 'a' }] }, finishReason }],
    }),
  },
  responses: {
    codec: openaiResponses,
    toAnswer: (reason: string) => ({
      status: 'incomplete',
      incomplete_details: { reason },
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'a' }] }],
    }),
  },
} as const

describe.each(Object.keys(ANSWERS) as (keyof typeof ANSWERS)[])('an answer of %s', (name) => {
  const { codec, toAnswer } = ANSWERS[name]
  const read = (word: string): ModelEvent[] =>
    codec.codec?.decodeMessage(toAnswer(word) as JsonObject, NOTHING_TO_UNDO) ?? []

  it.each([
    ['model_context_window_exceeded', 'context-full'],
    ['max_output_tokens', 'length'],
    ['sensitive', 'content-filter'],
    ['content_filter', 'content-filter'],
  ])('that ends with %s ends with %s', (word, reason) => {
    const message = foldMessage(read(word))
    expect(message.reason).toBe(reason)
    expect(message.vendorReason).toBeUndefined()
    expect(codec.decodeEnding(toAnswer(word))).toBeUndefined()
  })

  it.each([
    ['insufficient_system_resource', 'upstream_overloaded'],
    ['network_error', 'upstream_broken'],
    ['ABORT', 'upstream_broken'],
  ])('that ends with %s is a failure', (word, code) => {
    expect(read(word).at(-1)).toMatchObject({ type: 'error', error: { code } })
    expect(codec.decodeEnding(toAnswer(word))).toEqual({ word, code })
  })

  it.each(['something_new', 'OTHER', 'constructor'])('keeps the unknown reason %s', (word) => {
    expect(foldMessage(read(word))).toMatchObject({ reason: 'other', vendorReason: word })
    expect(codec.decodeEnding(toAnswer(word))).toEqual({ word })
  })

  it('keeps a limited length of a reason', () => {
    const { vendorReason } = foldMessage(read(`new\n"<b>${'x'.repeat(1000)}`))
    expect(vendorReason).toMatch(/^newbx{1,60}$/)
  })
})
