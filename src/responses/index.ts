/** The stateful Responses API, on the gateway: what is kept of responses, and who comes back to them. */
export { createResponseState } from './response-state.ts'
export { createResponses, type Responses } from './responses.ts'
export type { Revisit } from './revisit.ts'
