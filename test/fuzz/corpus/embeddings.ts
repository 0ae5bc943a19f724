/** Requests for embeddings as SDKs write them, in both dialects; the model is chosen later. */
export const EMBEDDINGS_BODIES: readonly Record<string, unknown>[] = [
  { input: 'hello' },
  { input: ['one', 'zwei 👋', '三'], encoding_format: 'base64', dimensions: 8, user: 'user-1' },
  { input: ['one', 'two'], encoding_format: 'float' },
  { input: [15339, 1917] },
  { input: [[15339], [1917, 3]], dimensions: 4 },
  { input: '[[status 503]] retry?' },
]

export const EMBED_CONTENT_BODIES: readonly Record<string, unknown>[] = [
  { content: { parts: [{ text: 'hello' }] } },
  {
    content: { role: 'user', parts: [{ text: 'zwei 👋' }, { text: '三' }] },
    taskType: 'RETRIEVAL_DOCUMENT',
    title: 'Numbers',
    outputDimensionality: 8,
  },
  { model: 'models/gemini-embedding-001', content: { parts: [{ text: 'x' }] } },
  { content: { parts: [{ text: '[[status 503]] retry?' }] } },
]
