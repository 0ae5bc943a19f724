/** Azure OpenAI, by its v1 API. A model's name is that of its deployment. */
import type { Vendor } from '../vendor.ts'
import { OPENAI_PROTOCOL_QUIRKS, openaiTraits } from './openai-models.ts'

export const azure: Vendor = {
  title: 'Azure OpenAI',
  protocols: ['openai-chat', 'openai-responses'],
  embeddings: 'openai-embeddings',
  basePath: '/openai/v1',
  keyHeader: 'api-key',
  variables: {
    apiKey: ['AZURE_OPENAI_API_KEY'],
    baseUrl: ['AZURE_OPENAI_BASE_URL', 'AZURE_OPENAI_ENDPOINT'],
  },
  traits: openaiTraits,
  quirks: [
    {
      fact: 'Its address is https://RESOURCE.openai.azure.com/openai/v1, which needs no api-version.',
      source: 'specified',
      link: 'https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle',
      date: '2026-11',
    },
    {
      fact: 'Knows tools of the type custom, whose input is plain text.',
      traits: { takesFreeformTools: true },
      source: 'specified',
      link: 'https://devblogs.microsoft.com/foundry/unlocking-gpt-5s-freeform-tool-calling-a-new-era-of-seamless-integration',
      date: '2026-11',
    },
    ...OPENAI_PROTOCOL_QUIRKS,
    {
      fact: 'A request that its filter stops gets 400 with the code content_filter, and the category in innererror.',
      errorShape: 'nested',
      source: 'reported',
      link: 'https://www.dotnetstudioai.com/hospital/fix-azure-openai-content-filter-error-csharp',
      date: '2026-03',
    },
    {
      fact: 'Reports the remaining tokens, and when they reset, in seconds.',
      limitHeaders: [
        'x-ratelimit-limit-tokens',
        'x-ratelimit-remaining-tokens',
        'x-ratelimit-reset-tokens',
      ],
      source: 'reported',
      link: 'https://github.com/openai/openai-dotnet/issues/838',
      date: '2026-11',
    },
  ],
}
