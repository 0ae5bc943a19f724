/** Ollama, on this machine. */
import type { Vendor } from '../vendor.ts'

export const ollama: Vendor = {
  title: 'Ollama',
  protocols: ['openai-chat', 'anthropic-messages', 'openai-responses', 'openai-completions'],
  baseUrl: 'http://127.0.0.1:11434/v1',
  localPort: 11434,
  quirks: [
    {
      fact: 'Speaks Messages at /v1/messages.',
      source: 'specified',
      link: 'https://docs.ollama.com/api/anthropic-compatibility',
      date: '2026-11',
    },
    {
      fact: 'Speaks Responses at /v1/responses.',
      source: 'specified',
      link: 'https://docs.ollama.com/api/openai-compatibility',
      date: '2026-11',
    },
    {
      fact: 'Its errors are plain text.',
      errorShape: 'plain',
      source: 'specified',
      link: 'https://docs.ollama.com/api/errors',
      date: '2026-11',
    },
  ],
}
