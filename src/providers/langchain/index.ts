/** Any LangChain chat or embedding model as a provider. */
import { invalidRequest } from '#model'
import { DEFAULT_DEADLINES } from '../deadlines.ts'
import type { LocalProvider } from '../provider.ts'
import { answerRequest } from './answer.ts'
import type { ChatModel } from './models/chat-model.ts'
import { type EmbeddingModel, embedTexts } from './embed.ts'
import { createInstances } from './models/instances.ts'
import type { LangchainOptions } from './options.ts'

export type { ClassOptions } from './models/instances.ts'
export { missingPackage, toMissingSentence } from './models/load-class.ts'
export { type LangchainOptions, langchainVendor } from './options.ts'
export { langchainSecrets } from './secrets.ts'

export const langchain = (options: LangchainOptions): LocalProvider => {
  const { name, deadlines } = options
  const chat = options.chat && createInstances<ChatModel>(options.chat)
  const embeddings = options.embeddings && createInstances<EmbeddingModel>(options.embeddings)
  const models = [chat, embeddings].flatMap((each) => (each ? [{ id: each.ownName }] : []))

  return {
    kind: 'local',
    name,
    owns: () => false,
    deadlines: { ...DEFAULT_DEADLINES, ...deadlines },
    traits: (model) => ({ provider: name, model }),
    knownModels: () => models,
    fetchModels: async () => models,
    answer(request, signal, drop = () => undefined) {
      if (!chat) throw invalidRequest(`'${name}' has models for embeddings only.`, 'model')
      return answerRequest(chat, request, signal, drop)
    },
    ...(embeddings && { embed: (request, signal) => embedTexts(embeddings, request, signal) }),
  }
}
