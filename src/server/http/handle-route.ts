/** Handles a caller's request, by its route. */
import type { ServerResponse } from 'node:http'
import type { Answer, Gateway, GatewayCall } from '#gateway'
import {
  clientLeft,
  createDeparture,
  type DepartureControl,
  GatewayError,
  type ProtocolName,
} from '#model'
import {
  anthropicModelList,
  geminiModelList,
  type ModelListDialect,
  openAiModelList,
  openaiResponses,
  type Protocol,
} from '#protocols'
import { wantsList } from '../routes/gemini-routes.ts'
import type { Route } from '../routes/route.ts'
import { answerDocument } from '../reference/answer-document.ts'
import { answerSession } from '../resources/answer-session.ts'
import { endWithKey } from '../serving/end-with-key.ts'
import { answerUsage } from './answer-usage.ts'
import type { Visit } from '../serving/visit.ts'
import { findPreviousId, handOver } from './hand-over.ts'
import { sendAnswer, sendJson } from './send-answer.ts'

export const handleRoute = (route: Route, visit: Visit): Promise<void> => {
  switch (route.kind) {
    case 'generate':
    case 'count-tokens':
    case 'compact':
    case 'embed':
      return call(route, visit)
    case 'models':
      return list(visit)
    case 'model':
      return retrieve(route.id, visit)
    case 'usage':
      return answerUsage(visit, visit)
    case 'revisit':
      return comeBack(route, visit)
    case 'session':
      return answerSession(route, visit)
    case 'openapi':
      return answerDocument(visit)
    case 'health':
    case 'ready':
    case 'probe':
    case 'docs':
    case 'admin':
    case 'admin-usage':
    case 'admin-audit':
    case 'metrics':
    case 'admin-explain':
      throw new TypeError('this route is not for callers')
  }
}

const call = async (
  route: Extract<Route, { kind: 'generate' | 'count-tokens' | 'compact' | 'embed' }>,
  visit: Visit,
): Promise<void> => {
  const { gateway, bodies, request, response, requestId, caller, network, memory } = visit
  const { headers, query } = visit
  const { protocol, name, toPath } = route
  const isList = wantsList(route.named, query)
  const named = route.named && (isList ? { ...route.named, stream: false } : route.named)
  const signal = toDeparture(response)
  const { body, release } = await bodies.read(request, caller)
  if (response.destroyed) release()
  else response.on('close', release)
  const previousId =
    visit.peers && protocol === openaiResponses
      ? findPreviousId(body, visit.serving.limits.depth)
      : undefined
  if (previousId !== undefined && (await isElsewhere(previousId, visit, body))) return
  const { rawHeaders } = request
  const made = {
    requestId,
    route: `POST ${name}`,
    protocol,
    toPath,
    ...(named ? { named } : {}),
    caller,
    network,
    body,
    rawHeaders,
    query,
    signal,
  }
  const answer = await ask(gateway, route, made)
  sendAnswer(response, isList ? asList(answer) : answer, headers, { memory, caller })
  if (typeof answer.body !== 'string') endWithKey(visit, (error) => signal.abort(error))
}

/** Aborts when the client leaves before its answer is completely written. */
const toDeparture = (response: ServerResponse): DepartureControl => {
  const departure = createDeparture()
  response.once('close', () => {
    if (!response.writableFinished) departure.abort(clientLeft())
  })
  return departure
}

/** An upstream's own answer in this form is a list already. */
const asList = (answer: Answer): Answer =>
  typeof answer.body === 'string' && answer.body.startsWith('{')
    ? { ...answer, body: `[${answer.body}]` }
    : answer

const ask = (
  gateway: Gateway,
  route: Extract<Route, { kind: 'generate' | 'count-tokens' | 'compact' | 'embed' }>,
  made: GatewayCall,
): Promise<Answer> => {
  switch (route.kind) {
    case 'generate':
      return gateway.generate(made)
    case 'count-tokens':
      return gateway.countTokens(made)
    case 'compact':
      return gateway.compact(made)
    case 'embed':
      return gateway.embed({ ...made, embedding: route.embedding })
  }
}

const list = async ({
  gateway,
  response,
  headers,
  protocol,
  ...addressee
}: Visit): Promise<void> => {
  const models = await gateway.listModels(addressee.caller)
  sendJson(response, 200, headers, toModelList(protocol).encodeList(models), addressee)
}

const retrieve = async (
  id: string,
  { gateway, response, caller, headers, protocol }: Visit,
): Promise<void> => {
  const models = await gateway.listModels(caller)
  const model =
    models.find((listed) => listed.id === id) ??
    models.find((listed) => listed.id.endsWith(`/${id}`))
  if (!model)
    throw new GatewayError('not_found', `The model '${id.slice(0, 200)}' is not listed here.`, {
      param: 'model',
      vendorCode: 'model_not_found',
    })
  sendJson(response, 200, headers, toModelList(protocol).encodeModel({ ...model, id }))
}

const NO_BODY = Buffer.alloc(0)

/** @returns whether another worker knows the response, and has answered. */
const isElsewhere = async (
  id: string,
  { peers, responses, caller, request, response }: Visit,
  body: Buffer,
): Promise<boolean> => {
  if (!peers || responses.knows(caller, id)) return false
  const path = await peers.locate(caller, id)
  return path !== undefined && (await handOver(path, request, response, body))
}

/** Handles a request about an earlier response of this caller. */
const comeBack = async (
  { revisit, name, path }: Extract<Route, { kind: 'revisit' }>,
  visit: Visit,
): Promise<void> => {
  if (await isElsewhere(revisit.id, visit, NO_BODY)) return
  const { responses, request, response, requestId, caller, network, memory } = visit
  const { headers, query } = visit
  const signal = toDeparture(response)
  const answer = await responses.revisit({
    requestId,
    route: `${request.method} ${name}`,
    protocol: openaiResponses,
    toPath: () => path,
    caller,
    network,
    body: NO_BODY,
    rawHeaders: request.rawHeaders,
    query,
    signal,
    revisit,
  })
  sendAnswer(response, answer, headers, { memory, caller })
  if (typeof answer.body !== 'string') endWithKey(visit, (error) => signal.abort(error))
}

const MODEL_LISTS: Readonly<Partial<Record<ProtocolName, ModelListDialect>>> = {
  'anthropic-messages': anthropicModelList,
  gemini: geminiModelList,
}

const toModelList = ({ name }: Protocol): ModelListDialect => MODEL_LISTS[name] ?? openAiModelList
