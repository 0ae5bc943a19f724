/** https://developers.openai.com/api/docs/pricing: all prices are for a million tokens. */
import type { CostVector } from './vector.ts'

const CHAT = { vendor: 'openai', protocol: 'openai-chat' } as const
const RESPONSES = { vendor: 'openai', protocol: 'openai-responses' } as const

const chatUsage = (input: number, cached: number, output: number) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
})

const responsesUsage = (input: number, cached: number, output: number, thoughts = 0) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: thoughts },
  total_tokens: input + output,
})

export const OPENAI: readonly CostVector[] = [
  {
    ...CHAT,
    what: 'cached input: the example of the guide to prompt caching',
    model: 'gpt-4o-2024-11-20',
    usage: {
      prompt_tokens: 2006,
      completion_tokens: 300,
      total_tokens: 2306,
      prompt_tokens_details: { cached_tokens: 1920 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    // $2.50, $1.25 cached, $10: 86 * 2.5 = 215, 1920 * 1.25 = 2400, 300 * 10 = 3000.
    dollars: '0.005615',
  },
  {
    ...RESPONSES,
    what: 'thoughts: the example of the guide to reasoning',
    model: 'gpt-5',
    usage: responsesUsage(75, 0, 1186, 1024),
    // $1.25, $10, thoughts included: 75 * 1.25 = 93.75, 1186 * 10 = 11860.
    dollars: '0.01195375',
  },
  {
    ...CHAT,
    what: 'sound in both directions',
    model: 'gpt-audio',
    usage: {
      prompt_tokens: 1300,
      completion_tokens: 250,
      total_tokens: 1550,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 1000, text_tokens: 300 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 200, text_tokens: 50 },
    },
    // $2.50, $32 sound, $10, $64 sound: 300 * 2.5 = 750, 1000 * 32 = 32000, 50 * 10 = 500, 200 * 64 = 12800.
    dollars: '0.04605',
  },
  {
    ...RESPONSES,
    what: 'a context that is just short',
    model: 'gpt-6-sol',
    usage: responsesUsage(272_000, 0, 10),
    // Up to 272,000: $2, $10: 272000 * 2 = 544000, 10 * 10 = 100.
    dollars: '0.5441',
  },
  {
    ...RESPONSES,
    what: 'a long context, with a cache that is read and written',
    model: 'gpt-6-sol',
    usage: {
      ...responsesUsage(300_000, 200_000, 1000),
      input_tokens_details: { cached_tokens: 200_000, cache_write_tokens: 50_000 },
    },
    // Twice the price of the input, and 1.5 times that of the output: $4, $0.40 cached, $5 into the cache, $15.
    // 50000 * 4 = 200000, 200000 * 0.4 = 80000, 50000 * 5 = 250000, 1000 * 15 = 15000.
    dollars: '0.545',
  },
  {
    ...CHAT,
    what: 'the tier flex',
    model: 'gpt-5',
    usage: chatUsage(1000, 400, 100),
    answer: { serviceTier: 'flex' },
    // $0.625, $0.0625 cached, $5: 600 * 0.625 = 375, 400 * 0.0625 = 25, 100 * 5 = 500.
    dollars: '0.0009',
  },
  {
    ...RESPONSES,
    what: 'the tier priority',
    model: 'gpt-4.1',
    usage: responsesUsage(1000, 400, 100),
    answer: { serviceTier: 'priority' },
    // $3.50, $0.875 cached, $14: 600 * 3.5 = 2100, 400 * 0.875 = 350, 100 * 14 = 1400.
    dollars: '0.00385',
  },
  {
    ...RESPONSES,
    what: 'the tier priority by its new name',
    model: 'gpt-4o-mini',
    usage: responsesUsage(1000, 400, 100),
    answer: { serviceTier: 'fast' },
    // $0.25, $0.125 cached, $1: 600 * 0.25 = 150, 400 * 0.125 = 50, 100 * 1 = 100.
    dollars: '0.0003',
  },
  {
    ...RESPONSES,
    what: 'searches of the web and in files: opening a page is free',
    model: 'gpt-5',
    usage: responsesUsage(328, 0, 356),
    answer: {
      items: [
        { id: 'ws_1', type: 'web_search_call', status: 'completed', action: { type: 'search' } },
        { id: 'ws_2', type: 'web_search_call', status: 'completed', action: { type: 'open_page' } },
        { id: 'fs_1', type: 'file_search_call', status: 'completed', queries: [], results: null },
      ],
    },
    // $1.25, $10, $10 and $2.50 for a thousand searches: 328 * 1.25 = 410, 356 * 10 = 3560, 10000, 2500.
    dollars: '0.01647',
  },
  {
    ...RESPONSES,
    what: 'code that ran in a container, which has a fee that no answer counts',
    model: 'gpt-5',
    usage: responsesUsage(100, 0, 100),
    answer: {
      items: [
        {
          id: 'ci_1',
          type: 'code_interpreter_call',
          status: 'completed',
          code: '1',
          container_id: 'cntr_1',
          outputs: null,
        },
      ],
    },
    // 100 * 1.25 = 125, 100 * 10 = 1000.
    dollars: '0.001125',
    estimated: true,
  },
]

/** Completions cannot be translated from: only clients of Completions reach it. */
export const COMPLETIONS: CostVector = {
  vendor: 'openai',
  protocol: 'openai-completions',
  what: 'a text that is completed',
  model: 'gpt-3.5-turbo-instruct',
  usage: { prompt_tokens: 500, completion_tokens: 40, total_tokens: 540 },
  // $1.50, $2: 500 * 1.5 = 750, 40 * 2 = 80.
  dollars: '0.00083',
}
