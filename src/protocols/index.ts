/** The languages of model APIs, as pure translators. */
export { type AnswerWriter, createAnswerWriter } from './answer-writer.ts'
export { anthropicMessages } from './anthropic-messages/index.ts'
export { gemini } from './gemini/index.ts'
export { toSourceUrl } from './data-uri.ts'
export * from './embeddings.ts'
export { geminiBatchEmbedContents, geminiEmbedContent } from './gemini-embeddings/index.ts'
export * from './gemini-model-list.ts'
export * from './model-list.ts'
export { openaiChat } from './openai-chat/index.ts'
export { openaiCompletions } from './openai-completions/index.ts'
export { openaiEmbeddings } from './openai-embeddings/index.ts'
export { NOTHING_ASKED, NOTHING_USED } from './openai-responses/empty-response.ts'
export { openaiResponses } from './openai-responses/index.ts'
export { toItemList } from './openai-responses/item-list.ts'
export * from './protocol.ts'
export { endAnswer, type OddEnding, toKnownReason } from './endings.ts'
export { lookUp, withoutUndefined } from './fields.ts'
export {
  describeFreeform,
  FREEFORM_SCHEMA,
  unwrapFreeform,
  wrapFreeform,
} from './freeform-input.ts'
export { toTexts, toTokenCount } from './lenient-fields.ts'
export { mergeUnions } from './merged-unions.ts'
export { toPlainText } from './plain-text.ts'
export { originOf } from './reasoning-origin.ts'
export { createToolNames } from './tool-names.ts'
export { toStrictOrder } from './turn-order.ts'
export { brokenStream, headerOf, toUpstreamCode, toUpstreamError } from './upstream-failure.ts'
export type { ErrorShape } from './vendor-error.ts'
export { estimateUsage } from './estimated-usage.ts'
export { createUniqueIds } from './unique-ids.ts'
