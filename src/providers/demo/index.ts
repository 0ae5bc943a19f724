/** The built-in model: a tool for people who write clients. What it understands is in docs/demo.md. */
import type { EmbeddingAnswer, EmbeddingRequest, ModelEvent, ModelRequest } from '#model'
import { answerRequest, DEMO_MODEL, type DemoOptions } from './answer.ts'
import { embedTexts } from './embed.ts'
import { countRequestTokens } from './tokens.ts'

export type { DemoOptions } from './answer.ts'

export interface Demo {
  /** Fails by throwing before the first event, and by an error event after it. */
  answer(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>
  /** What the usage of the answer will say. */
  countInputTokens(request: ModelRequest): number
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingAnswer>
  readonly models: readonly { readonly id: string }[]
}

export const createDemo = (options: DemoOptions = {}): Demo => ({
  answer: (request, signal) => answerRequest(request, signal, options),
  countInputTokens: countRequestTokens,
  embed: embedTexts,
  models: [{ id: DEMO_MODEL.slice('demo/'.length) }],
})
