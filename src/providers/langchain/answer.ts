/** Sends a request to a LangChain chat model, and emits its answer as events. */
import type { ModelEvent, ModelRequest } from '#model'
import { createAnswerWriter, createToolNames, type Drop } from '#protocols'
import type { AnswerMessage, ChatModel } from './models/chat-model.ts'
import type { Instances } from './models/instances.ts'
import { prepare } from './prepare.ts'
import { toClientName, toSettings } from './models/settings.ts'
import { toModelError } from './translators/to-error.ts'
import { createAnswerReader } from './translators/answer-reader.ts'
import { untilAborted } from './until-aborted.ts'

export const answerRequest = async function* (
  models: Instances<ChatModel>,
  request: ModelRequest,
  signal: AbortSignal,
  drop: Drop,
): AsyncGenerator<ModelEvent, undefined> {
  signal.throwIfAborted()
  const events: ModelEvent[] = []
  const answer = createAnswerWriter((event) => events.push(event))
  try {
    const { built: model, unsupported } = await models.get(request.model, toSettings(request))
    for (const setting of unsupported) drop(toClientName(setting))
    const names = createToolNames()
    const { runnable, messages, call, tools } = prepare(request, model, names.toWire, drop)
    const undo = { ...tools, toolNames: names.changed }
    const reader = createAnswerReader(answer, undo, request.model)
    const config = { ...call, signal }
    const opening = request.stream
      ? runnable.stream(messages, config)
      : runnable.invoke(messages, config).then(inOnePiece)
    for await (const message of untilAborted(opening, signal)) {
      reader.read(message)
      yield* events.splice(0)
    }
    reader.finish()
    yield* events.splice(0)
  } catch (thrown) {
    signal.throwIfAborted()
    throw toModelError(thrown, answer.begun)
  }
}

const inOnePiece = async function* (message: AnswerMessage): AsyncGenerator<AnswerMessage> {
  yield message
}
