/** One judge for each wire protocol; none of them knows how the gateway writes. */

export {
  checkMessagesAnswer,
  checkMessagesError,
  checkMessagesStream,
} from './anthropic-messages.ts'
export { checkChatAnswer, checkChatError, checkChatStream } from './chat-completions.ts'
export { checkResponsesAnswer, checkResponsesStream } from './openai-responses.ts'
