/** Vendors that speak the protocols of others, and what they report in their own words. */
import type { CostVector } from './vector.ts'

export const OTHERS: readonly CostVector[] = [
  {
    vendor: 'deepseek',
    protocol: 'openai-chat',
    model: 'deepseek-v3.1-terminus',
    what: 'cache hits: https://api-docs.deepseek.com/guides/kv_cache',
    usage: {
      prompt_tokens: 1000,
      completion_tokens: 50,
      total_tokens: 1050,
      prompt_cache_hit_tokens: 768,
      prompt_cache_miss_tokens: 232,
      completion_tokens_details: { reasoning_tokens: 20 },
    },
    // $0.27, $0.13 cached, $0.95: 232 * 0.27 = 62.64, 768 * 0.13 = 99.84, 50 * 0.95 = 47.5.
    dollars: '0.00020998',
  },
  {
    vendor: 'xai',
    protocol: 'openai-chat',
    model: 'grok-3-mini',
    what: 'thoughts beside the answer: https://docs.x.ai/docs/guides/reasoning',
    usage: {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      prompt_tokens_details: {
        text_tokens: 32,
        audio_tokens: 0,
        image_tokens: 0,
        cached_tokens: 6,
      },
      completion_tokens_details: { reasoning_tokens: 94, audio_tokens: 0 },
      num_sources_used: 0,
    },
    // $0.30, $0.075 cached, $0.50: 26 * 0.3 = 7.8, 6 * 0.075 = 0.45, (9 + 94) * 0.5 = 51.5.
    dollars: '0.00005975',
  },
  {
    vendor: 'xai',
    protocol: 'openai-responses',
    model: 'grok-3-mini',
    what: 'the cost that it reports, tools included: https://docs.x.ai/developers/cost-tracking',
    usage: {
      input_tokens: 100,
      output_tokens: 20,
      total_tokens: 120,
      cost_in_usd_ticks: 37_756_000,
    },
    // 37756000 of 10000000000 ticks.
    dollars: '0.0037756',
  },
  {
    vendor: 'moonshot',
    protocol: 'openai-chat',
    model: 'kimi-k2.6',
    what: 'cached tokens beside the prompt: https://platform.moonshot.ai/docs/api/chat',
    usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100, cached_tokens: 640 },
    // $0.95, $0.16 cached, $4: 360 * 0.95 = 342, 640 * 0.16 = 102.4, 100 * 4 = 400.
    dollars: '0.0008444',
  },
  {
    vendor: 'groq',
    protocol: 'openai-chat',
    model: 'openai/gpt-oss-120b',
    what: 'cached tokens: https://console.groq.com/docs/prompt-caching',
    usage: {
      queue_time: 0.02,
      prompt_tokens: 4641,
      completion_tokens: 1817,
      total_tokens: 6458,
      prompt_tokens_details: { cached_tokens: 4608 },
    },
    // $0.15, $0.075 cached, $0.60: 33 * 0.15 = 4.95, 4608 * 0.075 = 345.6, 1817 * 0.6 = 1090.2.
    dollars: '0.00144075',
  },
  {
    vendor: 'zai',
    protocol: 'openai-chat',
    model: 'glm-5.2',
    what: 'cached tokens: https://docs.z.ai/guides/overview/pricing',
    usage: {
      prompt_tokens: 1200,
      completion_tokens: 300,
      total_tokens: 1500,
      prompt_tokens_details: { cached_tokens: 800 },
    },
    // $1.40, $0.26 cached, $4.40: 400 * 1.4 = 560, 800 * 0.26 = 208, 300 * 4.4 = 1320.
    dollars: '0.002088',
  },
  {
    vendor: 'openrouter',
    protocol: 'openai-chat',
    model: 'anthropic/claude-sonnet-4.5',
    what: 'what it charges: https://openrouter.ai/docs/use-cases/usage-accounting',
    usage: {
      prompt_tokens: 194,
      completion_tokens: 2,
      total_tokens: 196,
      cost: 0.95,
      is_byok: false,
      cost_details: { upstream_inference_cost: 0.95 },
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
    dollars: '0.95',
  },
  {
    vendor: 'openrouter',
    protocol: 'anthropic-messages',
    model: 'anthropic/claude-sonnet-4.5',
    what: 'its fee, and what the model’s vendor charges for a key of our own',
    usage: {
      input_tokens: 194,
      output_tokens: 2,
      cost: 0.95,
      is_byok: true,
      cost_details: { upstream_inference_cost: 19 },
    },
    // 0.95 + 19.
    dollars: '19.95',
  },
  {
    vendor: 'openrouter',
    protocol: 'openai-responses',
    model: 'nobody/knows-this:free',
    what: 'a free model that no list has',
    usage: { input_tokens: 500, output_tokens: 100, total_tokens: 600, cost: 0 },
    dollars: '0',
  },
  {
    vendor: 'perplexity',
    protocol: 'openai-responses',
    model: 'sonar',
    what: 'what it charges, with the fee for the search: https://docs.perplexity.ai/docs/getting-started/pricing',
    usage: {
      input_tokens: 8,
      output_tokens: 439,
      total_tokens: 447,
      cost: { currency: 'USD', input_cost: 0.000008, output_cost: 0.000439, total_cost: 0.005447 },
    },
    dollars: '0.005447',
  },
]
