/** What an answer repeats of its request: all but the turns, which are the most of it. */
import type { ModelRequest } from '#model'
import { echoTo } from '../response/request-echo.ts'
import { isSummaryRequest, noteSummary } from './summarise.ts'

export const toRepeated = (request: ModelRequest): ModelRequest => {
  const repeated = echoTo({ ...request, turns: [] }, request)
  return isSummaryRequest(request) ? noteSummary(repeated) : repeated
}
