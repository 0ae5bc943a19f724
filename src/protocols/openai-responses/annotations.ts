/** Citations as annotations of a text: only what points to a place on the web has a form here. */
import { type Citation, isJsonObject, type JsonObject } from '#model'
import { withoutUndefined } from '../fields.ts'
import { PROTOCOL } from './decode-content.ts'

export const toAnnotation = ({ url, title, start, end }: Citation): JsonObject | undefined =>
  url === undefined
    ? undefined
    : {
        type: 'url_citation',
        url,
        title: title ?? '',
        start_index: start ?? 0,
        end_index: end ?? 0,
      }

const toText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

const toPlace = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined

export const toCitation = (annotation: unknown): Citation | undefined =>
  isJsonObject(annotation) && annotation.type === 'url_citation'
    ? withoutUndefined<Citation>({
        url: toText(annotation.url),
        title: toText(annotation.title),
        start: toPlace(annotation.start_index),
        end: toPlace(annotation.end_index),
        native: { protocol: PROTOCOL, value: annotation },
      } as Citation)
    : undefined
