/** Azure OpenAI, by its v1 API: a model's name is that of the deployment. */
import { openaiChat, openaiEmbeddings, openaiResponses } from '#protocols'
import type { Vendor } from '../vendor.ts'
import { openaiTraits } from './openai-models.ts'

export const azure: Vendor = {
  title: 'Azure OpenAI',
  protocols: [openaiChat, openaiResponses],
  embeddings: openaiEmbeddings,
  basePath: '/openai/v1',
  keyHeader: 'api-key',
  variables: {
    apiKey: ['AZURE_OPENAI_API_KEY'],
    baseUrl: ['AZURE_OPENAI_BASE_URL', 'AZURE_OPENAI_ENDPOINT'],
  },
  traits: openaiTraits,
  quirks: [
    {
      fact: 'Stands at https://RESOURCE.openai.azure.com/openai/v1 and wants no api-version there.',
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
  ],
}
