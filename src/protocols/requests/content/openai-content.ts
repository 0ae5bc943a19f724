/** Reads what stands alike in the parts of every API of OpenAI. */
import type { Citation, JsonObject, Part, Source } from '#model'
import { toInlineSource } from './data-uri.ts'
import { at, requiredObject, requiredString, withoutUndefined } from '../fields.ts'
import { toBase64Source } from './media-types.ts'
import { toOptionalNumber, toOptionalText } from '../lenient-fields.ts'

export const toAudio = (part: JsonObject, path: string): Part => {
  const audio = requiredObject(part, 'input_audio', path)
  const where = at(path, 'input_audio')
  return {
    kind: 'audio',
    data: requiredString(audio, 'data', where),
    format: requiredString(audio, 'format', where),
  }
}

export const toImageSource = (url: string): Source =>
  toInlineSource(url, 'image/png') ?? { kind: 'url', url }

/** `file_data` is a data URI; some clients send its base64 only. */
export const toFileSource = (data: string): Source =>
  toInlineSource(data, 'application/pdf') ?? toBase64Source('application/pdf', data)

/** @param native the annotation as it came, to be given back to its own protocol. */
export const toUrlCitation = (told: JsonObject, native: Citation['native']): Citation =>
  withoutUndefined({
    url: toOptionalText(told.url),
    title: toOptionalText(told.title),
    start: toOptionalNumber(told.start_index),
    end: toOptionalNumber(told.end_index),
    native,
  } as Citation)
