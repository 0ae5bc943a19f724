/** vLLM, on this machine. */
import {
  anthropicMessages,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
} from '#protocols'
import type { Vendor } from '../vendor.ts'

export const vllm: Vendor = {
  title: 'vLLM',
  protocols: [openaiChat, anthropicMessages, openaiResponses, openaiCompletions],
  embeddings: openaiEmbeddings,
  baseUrl: 'http://127.0.0.1:8000/v1',
  localPort: 8000,
  quirks: [
    {
      fact: 'Speaks Messages and Responses at its base URL.',
      source: 'specified',
      link: 'https://docs.vllm.ai/en/v0.32.0/serving/online_serving/',
      date: '2026-11',
    },
    {
      fact: 'Thoughts come in reasoning, which used to be called reasoning_content.',
      traits: { replayedReasoning: 'reasoning' },
      reasoningIn: 'reasoning',
      source: 'specified',
      link: 'https://docs.vllm.ai/en/stable/features/reasoning_outputs/',
      date: '2026-11',
    },
  ],
}
