/** The stateful Responses API, on top of the gateway: stored responses, and the requests that refer to them. */
export { createKeptResponses, createResponseState, type KeptResponses } from './response-state.ts'
export { createResponses, type Responses } from './responses.ts'
export type { Revisit } from './revisit.ts'
