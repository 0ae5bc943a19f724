/** The blocks of code in a page of the documentation. */
import { readFileSync } from 'node:fs'

export interface Block {
  /** Empty for commands. */
  readonly language: string
  readonly text: string
}

export const blocksOf = (page: string): Block[] =>
  [...readFileSync(page, 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', text = '']) => ({ language, text }),
  )
