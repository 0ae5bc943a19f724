/** Usage: the same words as in Chat. */
export { decodeUsage, encodeUsage, toUsage } from '../openai-chat/index.ts'
