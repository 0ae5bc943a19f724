/** Reads the usage of callers, for the routes that report it. */
import type { JsonObject } from '#model'

interface UsageQuestion {
  readonly by: string | undefined
  readonly since: string | undefined
  /** Absent: of all callers. */
  readonly callerId?: string
}

/** @throws GatewayError `invalid_request` if the question is not valid. */
export type UsageReader = (question: UsageQuestion) => Promise<JsonObject>
