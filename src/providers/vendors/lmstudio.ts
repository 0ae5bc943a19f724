/** LM Studio, on this machine. */
import {
  anthropicMessages,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
} from '#protocols'
import type { Vendor } from '../vendor.ts'

export const lmstudio: Vendor = {
  title: 'LM Studio',
  protocols: [openaiChat, anthropicMessages, openaiResponses, openaiCompletions],
  embeddings: openaiEmbeddings,
  baseUrl: 'http://127.0.0.1:1234/v1',
  localPort: 1234,
  quirks: [
    {
      fact: 'Speaks Messages at /v1/messages, and takes a bearer’s key there too.',
      source: 'specified',
      link: 'https://lmstudio.ai/docs/developer/anthropic-compat',
      date: '2026-11',
    },
  ],
}
