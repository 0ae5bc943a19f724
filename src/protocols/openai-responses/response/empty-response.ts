/** The fields of a response to which nothing was asked, answered or used. */
import { type JsonObject, NO_USAGE } from '#model'
import { encodeUsage } from '../usage.ts'

export const NOTHING_ASKED: JsonObject = {
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_p: null,
}

export const NOTHING_USED: JsonObject = encodeUsage(NO_USAGE, 0)
