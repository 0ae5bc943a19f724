/** The recorded streams beside the checkers, one readable file each, and who judges which folder. */

import { readFileSync, readdirSync } from 'node:fs'

import {
  checkChatStream,
  checkCompletionsStream,
  checkGeminiStream,
  checkMessagesStream,
  checkResponsesStream,
} from './index.ts'

export interface Expectation {
  model?: string
  includeUsage?: boolean
  complete?: boolean
  halfEventBeforeError?: boolean
}

/** Framing is the same for all: its files are chat streams. */
export const CHECKS = {
  framing: checkChatStream,
  'chat-completions': checkChatStream,
  'anthropic-messages': checkMessagesStream,
  'openai-responses': checkResponsesStream,
  'openai-completions': checkCompletionsStream,
  gemini: checkGeminiStream,
} satisfies Record<string, (bytes: Buffer, expect?: Expectation) => string[]>

/** Each holds the streams of one protocol. */
export const PROTOCOL_FOLDERS = [
  'chat-completions',
  'anthropic-messages',
  'openai-responses',
  'openai-completions',
  'gemini',
] as const

export type StreamFolder = keyof typeof CHECKS

export const listStreams = (side: 'legal' | 'illegal', folder: StreamFolder) =>
  readdirSync(new URL(`${side}/${folder}/`, import.meta.url))
    .map((file) => file.replace(/\.txt$/, ''))
    .toSorted()

export const readStream = (side: 'legal' | 'illegal', folder: StreamFolder, name: string) =>
  readFileSync(new URL(`${side}/${folder}/${name}.txt`, import.meta.url))
