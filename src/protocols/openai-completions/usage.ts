/** Token usage has the same form as in Chat. */
export { decodeUsage, encodeUsage } from '../openai-chat/index.ts'
