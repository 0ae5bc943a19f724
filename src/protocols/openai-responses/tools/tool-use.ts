/** What the vendor's own tools did for an answer, as far as it has fees: https://developers.openai.com/api/docs/pricing */
import { isJsonObject, type JsonObject } from '#model'
import { toList } from '../../requests/lenient-fields.ts'

interface ToolUse {
  readonly webSearches: number
  readonly fileSearches: number
  /** Containers and images have fees that the answer does not count. */
  readonly hasOtherFees: boolean
}

const WITH_OTHER_FEES: ReadonlySet<unknown> = new Set([
  'code_interpreter_call',
  'image_generation_call',
])

/** @param output the items of a response. */
export const toToolUse = (output: unknown): ToolUse => {
  let webSearches = 0
  let fileSearches = 0
  let hasOtherFees = false
  for (const item of toList(output).filter(isJsonObject)) {
    if (item.status === 'failed') continue
    if (item.type === 'web_search_call' && isSearch(item)) webSearches++
    else if (item.type === 'file_search_call') fileSearches++
    else hasOtherFees ||= WITH_OTHER_FEES.has(item.type)
  }
  return { webSearches, fileSearches, hasOtherFees }
}

/** Opening a page, and finding a text in it, are free. */
const isSearch = ({ action }: JsonObject): boolean =>
  !isJsonObject(action) || action.type === undefined || action.type === 'search'
