/** Another Sluice. */
import {
  anthropicMessages,
  gemini,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
} from '#protocols'
import type { Vendor } from '../vendor.ts'

export const sluice: Vendor = {
  title: 'Sluice',
  protocols: [openaiChat, anthropicMessages, openaiResponses, gemini, openaiCompletions],
  embeddings: openaiEmbeddings,
  basePath: '/v1',
  quirks: [],
}
