/** Token usage has the same form as in Chat. */
export { decodeUsage, encodeUsage, toUsage } from '../openai-chat/index.ts'
