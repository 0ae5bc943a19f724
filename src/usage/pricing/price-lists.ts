/** Which price list applies to a vendor. */

/** No call costs anything: the model runs in this process or on a machine of the operator's. */
export const FREE = 'free'

/** By the names of vendors in the configuration and of LangChain's integrations. The values are names of genai-prices. */
const LISTS: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  azure: 'azure',
  gemini: 'google',
  'gemini-openai': 'google',
  groq: 'groq',
  mistral: 'mistral',
  deepseek: 'deepseek',
  xai: 'x-ai',
  openrouter: 'openrouter',
  together: 'together',
  fireworks: 'fireworks',
  cerebras: 'cerebras',
  perplexity: 'perplexity',
  moonshot: 'moonshotai',
  zai: 'zai',
  demo: FREE,
  ollama: FREE,
  lmstudio: FREE,
  llamacpp: FREE,
  vllm: FREE,
  'azure-openai': 'azure',
  'google-genai': 'google',
  'google-vertexai': 'google',
  'google-vertexai-web': 'google',
  mistralai: 'mistral',
  aws: 'aws',
  bedrock: 'aws',
  cohere: 'cohere',
  'together-ai': 'together',
}

/** Undefined if no list has the prices of this vendor. */
export const priceListOf = (vendor: string): string | undefined =>
  Object.hasOwn(LISTS, vendor) ? LISTS[vendor] : undefined

/** These vendors report with each answer what they charge for it, with all discounts and fees. */
const REPORTING: ReadonlySet<string> = new Set(['openrouter', 'perplexity', 'x-ai'])

export const reportsCost = (list: string): boolean => REPORTING.has(list)
