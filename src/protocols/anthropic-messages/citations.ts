/** Citations. Those of this protocol are kept as they are, beside the fields that every protocol can read. */
import { type Citation, isJsonObject, type JsonObject } from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import { toOptionalText } from '../requests/lenient-fields.ts'
import { PROTOCOL } from './wire.ts'

export const toCitation = (value: JsonObject): Citation =>
  withoutUndefined({
    url: toOptionalText(value.url) ?? toOptionalText(value.source),
    title: toOptionalText(value.title) ?? toOptionalText(value.document_title),
    quote: toOptionalText(value.cited_text),
    native: { protocol: PROTOCOL, value },
  })

export const encodeCitation = ({ url, title, quote, native }: Citation): JsonObject | undefined => {
  if (native?.protocol === PROTOCOL && isTyped(native.value)) return native.value
  return url === undefined
    ? undefined
    : {
        type: 'web_search_result_location',
        url,
        title: title ?? null,
        cited_text: quote ?? '',
        encrypted_index: '',
      }
}

/** Only what this protocol wrote may go back: the vendor checks it. */
export const replayCitations = (citations: readonly Citation[] = []): JsonObject[] =>
  citations.flatMap(({ native }) =>
    native?.protocol === PROTOCOL && isTyped(native.value) ? [native.value] : [],
  )

const isTyped = (value: unknown): value is JsonObject =>
  isJsonObject(value) && typeof value.type === 'string'
