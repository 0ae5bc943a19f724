/** The server of llama.cpp, on this machine. */
import type { Vendor } from '../vendor.ts'

export const llamacpp: Vendor = {
  title: 'llama.cpp',
  protocols: ['openai-chat', 'anthropic-messages', 'openai-completions'],
  baseUrl: 'http://127.0.0.1:8080/v1',
  localPort: 8080,
  quirks: [
    {
      fact: 'Speaks Messages at /v1/messages.',
      source: 'specified',
      link: 'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
      date: '2026-11',
    },
    {
      fact: 'The code of its errors is the status.',
      errorShape: 'nested',
      source: 'specified',
      link: 'https://github.com/ggml-org/llama.cpp/pull/15780',
      date: '2026-11',
    },
  ],
}
