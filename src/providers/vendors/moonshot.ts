/** Moonshot, the maker of Kimi. */
import type { Vendor } from '../vendor.ts'

export const moonshot: Vendor = {
  title: 'Moonshot',
  protocols: ['openai-chat', 'openai-responses'],
  elsewhere: [{ protocol: 'anthropic-messages', path: '/anthropic/v1' }],
  baseUrl: 'https://api.moonshot.ai/v1',
  variables: { apiKey: ['MOONSHOT_API_KEY'], baseUrl: ['MOONSHOT_BASE_URL'] },
  ownedModels: /^(?:kimi-|moonshot-)/,
  quirks: [
    {
      fact: 'Speaks Responses at its base URL, and Messages at https://api.moonshot.ai/anthropic.',
      source: 'reported',
      link: 'https://www.developersdigest.tech/reference/api-compatibility/moonshot',
      date: '2026-11',
    },
    {
      fact: 'Thoughts come in reasoning_content, and must stay in the conversation.',
      traits: { replayedReasoning: 'reasoning_content' },
      reasoningIn: 'reasoning_content',
      source: 'specified',
      link: 'https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model',
      date: '2026-11',
    },
    {
      fact: 'A turn with tool calls but no thoughts gets 400; K2.6 treats an empty text as missing, but accepts a space as thoughts.',
      traits: { wantsCallThoughts: true },
      models: /^kimi-/,
      source: 'reported',
      link: 'https://github.com/earendil-works/pi/pull/4178',
      date: '2026-05',
    },
    {
      fact: 'Refuses an assistant’s message without text and calls.',
      traits: { refusesEmptyTurns: true },
      source: 'reported',
      link: 'https://github.com/lobehub/lobehub/pull/8419',
      date: '2025-07',
    },
    {
      fact: 'A final assistant message is continued if it has partial: true.',
      traits: { prefillField: 'partial' },
      source: 'specified',
      link: 'https://platform.kimi.ai/docs/guide/use-partial-mode-feature-of-kimi-api',
      date: '2026-11',
    },
    {
      fact: 'The sampling of Kimi models is fixed: temperature, top_p and penalties are removed.',
      traits: {
        refusedFields: ['temperature', 'top_p', 'frequency_penalty', 'presence_penalty'],
      },
      models: /^kimi-/,
      source: 'reported',
      link: 'https://java.agentscope.io/v2/en/integration/model/kimi',
      date: '2026-11',
    },
    {
      fact: 'Reports what remains, and when it resets.',
      limitHeaders: ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
      source: 'specified',
      link: 'https://www.kimi.com/help/kimi-api/api-rate-limits',
      date: '2026-11',
    },
  ],
}
