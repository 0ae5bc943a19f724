/** NVIDIA's API catalogue. */
import { openaiChat } from '#protocols'
import type { Vendor } from '../vendor.ts'

export const nvidia: Vendor = {
  title: 'NVIDIA',
  protocols: [openaiChat],
  baseUrl: 'https://integrate.api.nvidia.com/v1',
  variables: { apiKey: ['NVIDIA_API_KEY'], baseUrl: ['NVIDIA_BASE_URL'] },
  quirks: [
    {
      fact: 'All models that it hosts stand at one OpenAI-compatible address, with the key as a bearer’s.',
      source: 'specified',
      link: 'https://docs.nvidia.com/nemo/curator/latest/curate-text/generate-data/connect-service/openai.html',
      date: '2026-11',
    },
  ],
}
