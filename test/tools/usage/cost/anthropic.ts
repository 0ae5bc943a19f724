/** https://platform.claude.com/docs/en/about-claude/pricing: all prices are for a million tokens. */
import type { CostVector } from './vector.ts'

const ANTHROPIC_ITSELF = { vendor: 'anthropic', protocol: 'anthropic-messages' } as const
const SONNET = { ...ANTHROPIC_ITSELF, model: 'claude-sonnet-4-5-20250929' } as const
const OPUS = { ...ANTHROPIC_ITSELF, model: 'claude-opus-5' } as const

const usual = {
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  service_tier: 'standard',
}

export const ANTHROPIC: readonly CostVector[] = [
  {
    ...SONNET,
    what: 'a cache that is read, and written for both times: the example of the guide to prompt caching',
    usage: {
      input_tokens: 2048,
      cache_read_input_tokens: 1800,
      cache_creation_input_tokens: 248,
      cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
      output_tokens: 503,
      service_tier: 'standard',
    },
    // $3, $0.30 read, $3.75 for five minutes, $6 for an hour, $15:
    // 2048 * 3 = 6144, 1800 * 0.3 = 540, 148 * 3.75 = 555, 100 * 6 = 600, 503 * 15 = 7545.
    dollars: '0.015384',
  },
  {
    ...SONNET,
    what: 'a search of the web: the example of the guide to the tool',
    usage: {
      input_tokens: 105,
      output_tokens: 6039,
      cache_read_input_tokens: 7123,
      cache_creation_input_tokens: 7345,
      server_tool_use: { web_search_requests: 1 },
    },
    // 105 * 3 = 315, 7123 * 0.3 = 2136.9, 7345 * 3.75 = 27543.75, 6039 * 15 = 90585, and $10 for a thousand: 10000.
    dollars: '0.13058065',
  },
  {
    ...SONNET,
    what: 'the batch tier, which halves the tokens and not the searches',
    usage: {
      ...usual,
      input_tokens: 1000,
      output_tokens: 200,
      service_tier: 'batch',
      server_tool_use: { web_search_requests: 2 },
    },
    // $1.50, $7.50: 1000 * 1.5 = 1500, 200 * 7.5 = 1500, and 20000.
    dollars: '0.023',
  },
  {
    ...OPUS,
    what: 'a compaction, which the counts at the top leave out: the example of its guide',
    usage: {
      ...usual,
      input_tokens: 23_000,
      output_tokens: 1000,
      iterations: [
        { type: 'compaction', input_tokens: 180_000, output_tokens: 3500 },
        { type: 'message', input_tokens: 23_000, output_tokens: 1000 },
      ],
    },
    // $5, $25: (23000 + 180000) * 5 = 1015000, (1000 + 3500) * 25 = 112500.
    dollars: '1.1275',
  },
  {
    ...OPUS,
    what: 'advice of another model, whose price is another one',
    usage: {
      ...usual,
      input_tokens: 412,
      output_tokens: 531,
      iterations: [
        { type: 'message', input_tokens: 412, output_tokens: 531 },
        {
          type: 'advisor_message',
          model: 'claude-fable-5',
          input_tokens: 823,
          output_tokens: 1612,
        },
      ],
    },
    // 412 * 5 = 2060, 531 * 25 = 13275.
    dollars: '0.015335',
    estimated: true,
  },
  {
    ...OPUS,
    what: 'a fast answer',
    usage: { ...usual, input_tokens: 523, output_tokens: 1842, speed: 'fast' },
    // Twice as much, $10 and $50: 523 * 10 = 5230, 1842 * 50 = 92100.
    dollars: '0.09733',
  },
  {
    ...OPUS,
    what: 'an answer from the United States alone: the example of the page about data residency',
    usage: { ...usual, input_tokens: 25, output_tokens: 150, inference_geo: 'us' },
    // A tenth more, $5.50 and $27.50: 25 * 5.5 = 137.5, 150 * 27.5 = 4125.
    dollars: '0.0042625',
  },
  {
    ...OPUS,
    what: 'thoughts, anywhere in the world',
    usage: {
      ...usual,
      input_tokens: 1000,
      output_tokens: 900,
      output_tokens_details: { thinking_tokens: 700 },
      inference_geo: 'not_available',
    },
    // 1000 * 5 = 5000, 900 * 25 = 22500.
    dollars: '0.0275',
  },
]
