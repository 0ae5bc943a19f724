/** NVIDIA's API catalogue. */
import type { Vendor } from '../vendor.ts'

export const nvidia: Vendor = {
  title: 'NVIDIA',
  protocols: ['openai-chat'],
  baseUrl: 'https://integrate.api.nvidia.com/v1',
  variables: { apiKey: ['NVIDIA_API_KEY'], baseUrl: ['NVIDIA_BASE_URL'] },
  quirks: [
    {
      fact: 'All models that it hosts are at one OpenAI-compatible address, with the key as a bearer token.',
      source: 'specified',
      link: 'https://docs.nvidia.com/nemo/curator/latest/curate-text/generate-data/connect-service/openai.html',
      date: '2026-11',
    },
    {
      fact: 'Its errors are problem details: a status, a title, and often a detail.',
      errorShape: 'problem',
      source: 'reported',
      link: 'https://github.com/Alishahryar1/free-claude-code/issues/690',
      date: '2026-06',
    },
  ],
}
