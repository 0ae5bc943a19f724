/** Reads the parts that are the same in every API of OpenAI. */
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

/** `file_data` should be a data URI; some clients send only its base64. */
export const toFileSource = (data: string): Source =>
  toInlineSource(data, 'application/pdf') ?? toBase64Source('application/pdf', data)

/** @param native the original annotation, for its own protocol. */
export const toUrlCitation = (annotation: JsonObject, native: Citation['native']): Citation =>
  withoutUndefined({
    url: toOptionalText(annotation.url),
    title: toOptionalText(annotation.title),
    start: toOptionalNumber(annotation.start_index),
    end: toOptionalNumber(annotation.end_index),
    native,
  } as Citation)
