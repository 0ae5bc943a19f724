/** Makes a conversation short: the model is asked to sum it up, and what it writes is the answer's one item. */
import {
  GatewayError,
  invalidRequest,
  isJsonObject,
  type ModelEvent,
  type ModelRequest,
} from '#model'
import type { Translation } from '#streams'
import { at } from '../../requests/fields.ts'
import { PROTOCOL } from '../decode-content.ts'
import { sealSummary } from './sealed-summary.ts'

export const TRIGGER = 'compaction_trigger'

const INSTRUCTION = `The conversation above is about to be cut off, and your next message is all that will be left of it. Write a summary from which another model can go on without having seen anything else. It must hold:

1. What the user wants: every request, in the user's own words where the wording matters, and what has changed since.
2. What has been done: decisions and their reasons, files read or changed and what is in them that matters, commands and their results, with exact names, paths, ids, numbers and error messages.
3. What was found out: facts about the task and its surroundings, what was tried and failed, and what the user corrected or forbade.
4. Where things stand: what was being done just now, what is left, and the next step.

Leave out pleasantries and whatever no longer matters. Invent nothing. Write the summary as plain text and nothing else; do not answer the user, and call no tools.`

/** Whether the input asks for its own summary. @throws GatewayError where it goes on behind the question. */
export const asksForSummary = (items: readonly unknown[]): boolean => {
  const found = items.findIndex((item) => isJsonObject(item) && item.type === TRIGGER)
  if (found !== -1 && found !== items.length - 1)
    throw invalidRequest(
      `'${at('input', found)}' is a ${TRIGGER}, which must be the last item of the input.`,
      at('input', found),
    )
  return found !== -1
}

/** Tools stay, though none may be called: a prompt that begins as the last one did is read from the cache. */
export const toSummaryRequest = (request: ModelRequest): ModelRequest => {
  const { answerFormat: _format, toolChoice: _choice, ...rest } = request
  return {
    ...rest,
    turns: [...request.turns, { role: 'user', parts: [{ kind: 'text', text: INSTRUCTION }] }],
    ...(request.tools.length > 0 ? { toolChoice: { mode: 'none' } } : {}),
  }
}

/** Puts the item that holds the summary in place of the text. */
export const sealing = (answer: Translation<ModelEvent>): Translation<ModelEvent> => {
  const texts = new Map<number, string>()
  let isOver = false

  const finish = (end: Extract<ModelEvent, { type: 'message-end' }>): void => {
    isOver = true
    const summary = [...texts.values()].join('\n\n').trim()
    if (summary === '') return answer.push({ type: 'error', error: noSummary() })
    const value = { type: 'compaction', encrypted_content: sealSummary(summary) }
    answer.push({
      type: 'part-start',
      index: 0,
      part: { kind: 'native', protocol: PROTOCOL, value },
    })
    answer.push({ type: 'part-end', index: 0 })
    answer.push(end.reason === 'tool-calls' ? { ...end, reason: 'stop' } : end)
  }

  return {
    push(event) {
      if (isOver) return
      switch (event.type) {
        case 'part-start':
          if (event.part.kind === 'text') texts.set(event.index, '')
          return
        case 'part-delta': {
          const text = texts.get(event.index)
          if (text !== undefined) texts.set(event.index, text + event.text)
          return
        }
        case 'part-end':
          return
        case 'message-end':
          return finish(event)
        case 'message-start':
        case 'error':
          answer.push(event)
      }
    },
    end: () => answer.end(),
  }
}

const noSummary = (): GatewayError =>
  new GatewayError('upstream_invalid', 'The model wrote no summary of the conversation.')
