/** `/openapi.json`: what every route takes and answers. */
import type { ByteString } from '#streams'
import { sendAnswer } from '../http/send-answer.ts'
import type { Visit } from '../serving/visit.ts'

let written: Promise<ByteString> | undefined

/** Few processes are ever asked for it, so it is loaded and written with the first request. */
const write = async (): Promise<ByteString> => {
  const { writeDocument } = await import('./document/write-document.ts')
  return writeDocument()
}

export const answerDocument = async (visit: Visit): Promise<void> => {
  written ??= write()
  const headers = ['content-type', 'application/json']
  const answer = { status: 200, headers, body: await written }
  sendAnswer(visit.response, answer, visit.headers, visit)
}
