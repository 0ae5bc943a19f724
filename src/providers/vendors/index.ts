/** Every vendor, by its name in the configuration. If several could serve a model, the first is chosen. */
import type { Vendor } from '../vendor.ts'
import { anthropic } from './anthropic.ts'
import { azure } from './azure.ts'
import { cerebras } from './cerebras.ts'
import { deepseek } from './deepseek.ts'
import { fireworks } from './fireworks.ts'
import { gemini } from './gemini.ts'
import { geminiOpenai } from './gemini-openai.ts'
import { groq } from './groq.ts'
import { llamacpp } from './llamacpp.ts'
import { lmstudio } from './lmstudio.ts'
import { mistral } from './mistral.ts'
import { moonshot } from './moonshot.ts'
import { nvidia } from './nvidia.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'
import { perplexity } from './perplexity.ts'
import { siliconflow } from './siliconflow.ts'
import { sluice } from './sluice.ts'
import { together } from './together.ts'
import { vllm } from './vllm.ts'
import { xai } from './xai.ts'
import { zai } from './zai.ts'

export const VENDORS = {
  openai,
  anthropic,
  azure,
  gemini,
  'gemini-openai': geminiOpenai,
  groq,
  mistral,
  deepseek,
  xai,
  openrouter,
  together,
  fireworks,
  cerebras,
  perplexity,
  nvidia,
  moonshot,
  zai,
  siliconflow,
  ollama,
  lmstudio,
  llamacpp,
  vllm,
  sluice,
} as const satisfies Readonly<Record<string, Vendor>>

export type VendorName = keyof typeof VENDORS

export const VENDOR_NAMES = Object.keys(VENDORS) as readonly VendorName[]
