/** The languages of model APIs, as pure translators. */
export { type AnswerWriter, createAnswerWriter } from './answer-writer.ts'
export { anthropicMessages } from './anthropic-messages/index.ts'
export { gemini } from './gemini/index.ts'
export * from './embeddings.ts'
export { geminiBatchEmbedContents, geminiEmbedContent } from './gemini-embeddings/index.ts'
export * from './gemini-model-list.ts'
export * from './model-list.ts'
export { openaiChat } from './openai-chat/index.ts'
export { openaiCompletions } from './openai-completions/index.ts'
export { openaiEmbeddings } from './openai-embeddings/index.ts'
export { openaiResponses } from './openai-responses/index.ts'
export * from './protocol.ts'
export { lookUp, withoutUndefined } from './fields.ts'
export {
  describeFreeform,
  FREEFORM_SCHEMA,
  unwrapFreeform,
  wrapFreeform,
} from './freeform-input.ts'
export { originOf } from './reasoning-origin.ts'
export { createToolNames } from './tool-names.ts'
export { toStrictOrder } from './turn-order.ts'
export { brokenStream, headerOf, toUpstreamCode, toUpstreamError } from './upstream-failure.ts'
