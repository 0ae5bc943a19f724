/** Counts in a separate thread. It imports by path only, because no bundler or test runner resolves names there. */
import { parentPort } from 'node:worker_threads'
import { pdfTokens } from '../parts/attachment-tokens.ts'
import { type CountTokens, countText } from './long-words.ts'
import type { CountQuestion, CountReply } from './count-messages.ts'
import type { EncodingName } from '../model-encoding.ts'

/**
 * How much text is counted before the cache of words is cleared, all at once. The tokenizer's own eviction removes
 * words one by one, walks past all the words it removed before, and costs far more than counting a word again.
 */
const REMEMBERED_CHARACTERS = 500_000

// Text of a user's that looks like a special token is only text.
const ONLY_TEXT = { disallowedSpecial: new Set<string>() }

const LOADERS = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
}

const load = async (name: EncodingName): Promise<CountTokens> => {
  const { clearMergeCache, countTokens, setMergeCacheSize } = await LOADERS[name]()
  setMergeCacheSize(Infinity)
  let remembered = 0
  return (text) => {
    remembered += text.length
    if (remembered > REMEMBERED_CHARACTERS) {
      clearMergeCache()
      remembered = text.length
    }
    return countTokens(text, ONLY_TEXT)
  }
}

const loaded = new Map<EncodingName, Promise<CountTokens>>()

const tokenizerOf = (name: EncodingName): Promise<CountTokens> => {
  const known = loaded.get(name) ?? load(name)
  loaded.set(name, known)
  return known
}

parentPort?.on('message', async ({ encoding, texts, pdfs }: CountQuestion) => {
  const count = await tokenizerOf(encoding)
  const tokens =
    texts.reduce((sum, text) => sum + countText(text, count), 0) +
    pdfs.reduce((sum, base64) => sum + pdfTokens(base64), 0)
  parentPort?.postMessage({ tokens } satisfies CountReply, [])
})
