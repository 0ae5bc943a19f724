/** The options of providers whose models are built by LangChain. */
import {
  type ClassOptions,
  type LangchainOptions,
  missingPackage,
  toMissingSentence,
} from '#providers'
import { ConfigError } from '../config-error.ts'
import type { FileSettings, LangchainSettings } from '../schema/index.ts'
import { toDeadlines } from './to-deadlines.ts'

/** @throws ConfigError if a package is missing: better at the start than at the first call. */
export const toLangchain = (providers: FileSettings['providers'] = {}): LangchainOptions[] =>
  Object.entries(providers).flatMap(([name, { langchain: settings, timeouts }]) => {
    if (!settings) return []
    const chat = toChat(settings)
    const { embeddings } = settings
    const vectors = embeddings && {
      source: { module: embeddings.module, class: embeddings.class },
      options: embeddings.options ?? {},
    }
    for (const each of [chat, vectors]) {
      const missing = each && missingPackage(each.source)
      if (missing !== undefined)
        throw new ConfigError(`providers.${name}.langchain: ${toMissingSentence(missing)}.`)
    }
    return [
      {
        name,
        ...(chat && { chat }),
        ...(vectors && { embeddings: vectors }),
        ...(timeouts && { deadlines: toDeadlines(timeouts) }),
      },
    ]
  })

const toChat = ({
  model,
  module,
  class: name,
  options = {},
}: LangchainSettings): ClassOptions | undefined => {
  if (model !== undefined) return { source: { model }, options }
  return module !== undefined && name !== undefined
    ? { source: { module, class: name }, options }
    : undefined
}
