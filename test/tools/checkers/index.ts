/** One judge for each wire protocol; none of them knows how the gateway writes. */

export {
  checkMessagesAnswer,
  checkMessagesError,
  checkMessagesStream,
} from './anthropic-messages.ts'
export { checkChatAnswer, checkChatError, checkChatStream } from './chat-completions.ts'
export { checkGeminiAnswer, checkGeminiError, checkGeminiStream } from './gemini.ts'
export { checkCompletionsAnswer, checkCompletionsStream } from './openai-completions.ts'
export { checkEmbeddings } from './openai-embeddings.ts'
export { checkResponsesAnswer, checkResponsesStream } from './openai-responses.ts'
