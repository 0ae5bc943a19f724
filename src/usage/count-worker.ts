/** Counts in a thread of its own. It imports by path only, since it runs outside of any bundler or test runner. */
import { parentPort } from 'node:worker_threads'
import { pdfTokens } from './attachment-tokens.ts'
import { type CountTokens, countTexts } from './count-texts.ts'
import type { CountQuestion, CountReply } from './count-messages.ts'
import type { EncodingName } from './model-encoding.ts'

const CACHED_WORDS = 20_000

// What looks like a special token in a user's text is only text.
const ONLY_TEXT = { disallowedSpecial: new Set<string>() }

const LOADERS = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
}

const load = async (name: EncodingName): Promise<CountTokens> => {
  const { countTokens, setMergeCacheSize } = await LOADERS[name]()
  setMergeCacheSize(CACHED_WORDS)
  return (text) => countTokens(text, ONLY_TEXT)
}

const loaded = new Map<EncodingName, Promise<CountTokens>>()

const tokenizerOf = (name: EncodingName): Promise<CountTokens> => {
  const known = loaded.get(name) ?? load(name)
  loaded.set(name, known)
  return known
}

parentPort?.on('message', async ({ id, encoding, texts, pdfs }: CountQuestion) => {
  const count = await tokenizerOf(encoding)
  const tokens = countTexts(texts, count) + pdfs.reduce((sum, base64) => sum + pdfTokens(base64), 0)
  parentPort?.postMessage({ id, tokens } satisfies CountReply, [])
})
