/** The languages of model APIs, as pure translators. */
export { type AnswerWriter, createAnswerWriter } from './answers/answer-writer.ts'
export { isAnthropicsBlock } from './anthropic-messages/decode-content.ts'
export { anthropicMessages } from './anthropic-messages/index.ts'
export { gemini } from './gemini/index.ts'
export { toSourceUrl } from './requests/content/data-uri.ts'
export * from './embeddings/embedding-protocol.ts'
export { geminiBatchEmbedContents, geminiEmbedContent } from './embeddings/gemini/index.ts'
export * from './model-lists/gemini-model-list.ts'
export * from './model-lists/model-list.ts'
export { isAnthropicsChoice, isAnthropicsTool } from './openai-chat/decode-tools.ts'
export { openaiChat } from './openai-chat/index.ts'
export { openaiCompletions } from './openai-completions/index.ts'
export { openaiEmbeddings } from './embeddings/openai/index.ts'
export { NOTHING_ASKED, NOTHING_USED } from './openai-responses/response/empty-response.ts'
export { openaiResponses } from './openai-responses/index.ts'
export * from './protocol.ts'
export { endAnswer, type OddEnding, toKnownReason } from './answers/endings.ts'
export { lookUp, withoutUndefined } from './requests/fields.ts'
export {
  describeFreeform,
  FREEFORM_SCHEMA,
  unwrapFreeform,
  wrapFreeform,
} from './requests/tools/freeform-input.ts'
export { toTexts, toTokenCount } from './requests/lenient-fields.ts'
export { mergeUnions } from './requests/tools/merged-unions.ts'
export { toPartName } from './requests/content/native-parts.ts'
export { toPlainText } from './requests/content/plain-text.ts'
export { originOf } from './thoughts/reasoning-origin.ts'
export { createToolNames } from './requests/tools/tool-names.ts'
export { withMissingResults } from './requests/turns/missing-results.ts'
export { toStrictOrder } from './requests/turns/turn-order.ts'
export {
  brokenStream,
  headerOf,
  toUpstreamCode,
  toUpstreamError,
} from './errors/upstream-failure.ts'
export type { ErrorShape } from './errors/vendor-error.ts'
export { estimateUsage } from './tokens/estimated-usage.ts'
export { createGrowingObject, type GrowingObject } from './requests/tools/growing-object.ts'
export { createUniqueIds } from './answers/unique-ids.ts'
