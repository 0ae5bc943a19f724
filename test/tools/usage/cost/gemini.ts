/** https://ai.google.dev/gemini-api/docs/pricing: all prices are for a million tokens. */
import type { CostVector } from './vector.ts'

const GEMINI_ITSELF = { vendor: 'gemini', protocol: 'gemini' } as const
const FLASH = { ...GEMINI_ITSELF, model: 'gemini-2.5-flash' } as const
const PRO = { ...GEMINI_ITSELF, model: 'gemini-2.5-pro' } as const

const text = (tokenCount: number) => ({ modality: 'TEXT', tokenCount })
const sound = (tokenCount: number) => ({ modality: 'AUDIO', tokenCount })

export const GEMINI: readonly CostVector[] = [
  {
    ...FLASH,
    what: 'thoughts, which are counted beside the answer',
    usage: {
      promptTokenCount: 20,
      candidatesTokenCount: 198,
      thoughtsTokenCount: 405,
      totalTokenCount: 623,
      promptTokensDetails: [text(20)],
    },
    // $0.30, $2.50: 20 * 0.3 = 6, (198 + 405) * 2.5 = 1507.5.
    dollars: '0.0015135',
  },
  {
    ...FLASH,
    what: 'pages that a tool has read: the example of the guide to URL context',
    usage: {
      promptTokenCount: 27,
      candidatesTokenCount: 45,
      toolUsePromptTokenCount: 10_309,
      thoughtsTokenCount: 83,
      totalTokenCount: 10_464,
      promptTokensDetails: [text(27)],
      candidatesTokensDetails: [text(45)],
      toolUsePromptTokensDetails: [text(10_309)],
    },
    // (27 + 10309) * 0.3 = 3100.8, (45 + 83) * 2.5 = 320.
    dollars: '0.0034208',
  },
  {
    ...PRO,
    what: 'a long context from the cache: the counts of the guide to context caching',
    usage: {
      promptTokenCount: 696_219,
      cachedContentTokenCount: 696_190,
      candidatesTokenCount: 214,
      totalTokenCount: 696_433,
    },
    // Above 200,000: $2.50, $0.25 cached, $15: 29 * 2.5 = 72.5, 696190 * 0.25 = 174047.5, 214 * 15 = 3210.
    dollars: '0.17733',
  },
  {
    ...PRO,
    what: 'a context that is just short',
    usage: { promptTokenCount: 200_000, candidatesTokenCount: 100, totalTokenCount: 200_100 },
    // $1.25, $10: 200000 * 1.25 = 250000, 100 * 10 = 1000.
    dollars: '0.251',
  },
  {
    ...FLASH,
    what: 'sound, of which some is from the cache',
    usage: {
      promptTokenCount: 1600,
      cachedContentTokenCount: 800,
      candidatesTokenCount: 10,
      totalTokenCount: 1610,
      promptTokensDetails: [text(100), sound(1500)],
      cacheTokensDetails: [sound(800)],
    },
    // $0.30, $1 sound, $0.10 cached sound, $2.50: 100 * 0.3 = 30, 700 * 1 = 700, 800 * 0.1 = 80, 10 * 2.5 = 25.
    dollars: '0.000835',
  },
  {
    ...GEMINI_ITSELF,
    model: 'gemini-2.5-flash-image',
    what: 'an image that was drawn',
    usage: {
      promptTokenCount: 10,
      candidatesTokenCount: 1310,
      totalTokenCount: 1320,
      promptTokensDetails: [text(10)],
      candidatesTokensDetails: [text(20), { modality: 'IMAGE', tokenCount: 1290 }],
    },
    // $0.30, $2.50, $30 images: 10 * 0.3 = 3, 20 * 2.5 = 50, 1290 * 30 = 38700.
    dollars: '0.038753',
  },
  {
    ...FLASH,
    what: 'the tier flex',
    usage: {
      promptTokenCount: 1000,
      candidatesTokenCount: 100,
      totalTokenCount: 1100,
      serviceTier: 'flex',
    },
    // $0.15, $1.25: 1000 * 0.15 = 150, 100 * 1.25 = 125.
    dollars: '0.000275',
  },
  {
    ...FLASH,
    what: 'searches, whose fee depends on a free quota',
    usage: { promptTokenCount: 12, candidatesTokenCount: 120, totalTokenCount: 132 },
    answer: { grounding: { webSearchQueries: ['a', 'b'], groundingChunks: [] } },
    // The tokens alone: 12 * 0.3 = 3.6, 120 * 2.5 = 300.
    dollars: '0.0003036',
    estimated: true,
  },
  {
    vendor: 'gemini-openai',
    protocol: 'openai-chat',
    model: 'gemini-2.5-flash',
    what: 'thoughts that only the total includes, at the endpoint in the style of OpenAI',
    usage: { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 },
    // 20 * 0.3 = 6, (623 - 20) * 2.5 = 1507.5.
    dollars: '0.0015135',
  },
]
