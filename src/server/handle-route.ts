/** What each route does with a caller's request. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '#access'
import type { Gateway } from '#gateway'
import { clientLeft, GatewayError } from '#model'
import { anthropicMessages, anthropicModelList, openAiModelList, type Protocol } from '#protocols'
import type { BodyReader } from './request-body.ts'
import type { Route } from './routes.ts'
import { sendAnswer, sendJson } from './send-answer.ts'

export interface Visit {
  readonly gateway: Gateway
  readonly bodies: BodyReader
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly caller: Caller
  /** For every answer, names and values in turn. */
  readonly headers: readonly string[]
  readonly query: string
  /** The dialect of the caller. */
  readonly protocol: Protocol
}

export const handleRoute = (route: Route, visit: Visit): Promise<void> => {
  switch (route.kind) {
    case 'generate':
    case 'count-tokens':
      return call(route, visit)
    case 'models':
      return list(visit)
    case 'model':
      return retrieve(route.id, visit)
    case 'health':
    case 'ready':
    case 'probe':
      throw new TypeError('an open route needs no caller')
  }
}

const call = async (
  { kind, protocol, name, toPath, named }: Extract<Route, { kind: 'generate' | 'count-tokens' }>,
  { gateway, bodies, request, response, requestId, caller, headers, query }: Visit,
): Promise<void> => {
  const departure = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) departure.abort(clientLeft())
  })
  const { body, release } = await bodies.read(request)
  if (response.destroyed) release()
  else response.once('close', release)
  const { signal } = departure
  const { rawHeaders } = request
  const made = {
    requestId,
    route: `POST ${name}`,
    protocol,
    toPath,
    ...(named ? { named } : {}),
    caller,
    body,
    rawHeaders,
    query,
    signal,
  }
  const answer = await (kind === 'generate' ? gateway.generate(made) : gateway.countTokens(made))
  sendAnswer(response, answer, headers)
}

const list = async ({ gateway, response, headers, protocol }: Visit): Promise<void> => {
  const models = await gateway.listModels()
  sendJson(response, 200, headers, toModelList(protocol).encodeList(models))
}

const retrieve = async (
  id: string,
  { gateway, response, headers, protocol }: Visit,
): Promise<void> => {
  const models = await gateway.listModels()
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

const toModelList = (protocol: Protocol) =>
  protocol.name === anthropicMessages.name ? anthropicModelList : openAiModelList
