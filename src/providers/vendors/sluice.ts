/** Another Sluice. */
import type { Vendor } from '../vendor.ts'

export const sluice: Vendor = {
  title: 'Sluice',
  protocols: [
    'openai-chat',
    'anthropic-messages',
    'openai-responses',
    'gemini',
    'openai-completions',
  ],
  embeddings: 'openai-embeddings',
  basePath: '/v1',
  realtime: true,
  quirks: [],
}
