/** A running Sluice whose only provider is LangChain's ChatOpenAI, pointed at the scripted upstream. */
import type { AppOptions } from '#app'
import type { LangchainOptions } from '#providers'
import { sluiceForTest, upstreamForTest } from '../../app/house.ts'

export const toOptions = (url: string, more: Record<string, unknown> = {}) => ({
  model: 'gpt-4o',
  apiKey: 'sk-upstream-openai',
  configuration: { baseURL: `${url}/v1` },
  ...more,
})

export const chatOpenAiAt = (
  url: string,
  more: Record<string, unknown> = {},
): LangchainOptions => ({
  name: 'mine',
  chat: {
    source: { module: '@langchain/openai', class: 'ChatOpenAI' },
    options: toOptions(url, more),
  },
})

export const startLangchainHouse = async (
  more: Record<string, unknown> = {},
  options: Partial<AppOptions> = {},
) => {
  const upstream = await upstreamForTest()
  const sluice = await sluiceForTest({ langchain: [chatOpenAiAt(upstream.url, more)], ...options })
  return { upstream, sluice }
}
