/** Answers a scraper, in the format that it asks for. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from '#model'
import { toByteString } from '#streams'
import { chooseFormat, type Metrics } from '#telemetry'
import { sendAnswer } from '../send-answer.ts'

export const answerMetrics = async (
  metrics: Metrics | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  headers: readonly string[],
): Promise<void> => {
  if (!metrics) throw new GatewayError('not_found', 'This gateway counts nothing.')
  const { contentType, text } = await metrics.write(chooseFormat(request.headers.accept))
  const own = ['content-type', contentType, 'cache-control', 'no-store']
  sendAnswer(response, { status: 200, headers: own, body: toByteString(text) }, headers)
}
