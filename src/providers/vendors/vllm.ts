/** vLLM, on this machine. */
import type { Vendor } from '../vendor.ts'

export const vllm: Vendor = {
  title: 'vLLM',
  protocols: ['openai-chat', 'anthropic-messages', 'openai-responses', 'openai-completions'],
  embeddings: 'openai-embeddings',
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
    {
      fact: 'Its errors had no object of their own until pull request 22099 of 2025-08.',
      errorShape: 'flat',
      source: 'reported',
      link: 'https://github.com/vllm-project/vllm/issues/12886',
      date: '2025-02',
    },
  ],
}
