/** The languages of model APIs, as pure translators. */
export { anthropicMessages } from './anthropic-messages/index.ts'
export * from './model-list.ts'
export { openaiChat } from './openai-chat/index.ts'
export { openaiResponses } from './openai-responses/index.ts'
export * from './protocol.ts'
export { brokenStream, headerOf, toUpstreamCode } from './upstream-failure.ts'
