/** The same text in three dialects, to a target of the same dialect and to one of another, streamed or not. */
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../app/asks.ts'

export const asks = (text: string): readonly (readonly [string, object])[] =>
  [GPT, CLAUDE].flatMap((model) =>
    [false, true].flatMap((stream): (readonly [string, object])[] => [
      [CHAT, chatBody(text, { model, stream })],
      [MESSAGES, messagesBody(text, { model, stream })],
      [RESPONSES, responsesBody(text, { model, stream })],
    ]),
  )
