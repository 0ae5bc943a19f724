/** Answers where a call would go, and why. */
import type { ServerResponse } from 'node:http'
import type { AdminAccess } from '#access'
import { type Gateway, toRouteQuestion, toRouteReport } from '#gateway'
import { invalidRequest } from '#model'
import { sendJson } from '../http/send-answer.ts'
import { readOnce } from '../routes/read-once.ts'

interface ExplainVisit {
  readonly admin: AdminAccess
  readonly gateway: Pick<Gateway, 'explain'>
  readonly response: ServerResponse
  readonly headers: readonly string[]
  readonly query: string
}

const PARAMETERS: ReadonlySet<string> = new Set(['model', 'protocol', 'needs', 'key'])

export const answerExplain = async ({
  admin,
  gateway,
  response,
  headers,
  query,
}: ExplainVisit): Promise<void> => {
  const asked = new URLSearchParams(query)
  for (const name of asked.keys())
    if (!PARAMETERS.has(name))
      throw invalidRequest(
        `'${name.slice(0, 40)}' is not a parameter of this route.`,
        name.slice(0, 40),
      )
  const question = toRouteQuestion({
    model: readOnce(asked, 'model'),
    protocol: readOnce(asked, 'protocol'),
    needs: readOnce(asked, 'needs'),
  })
  const permits = toPermits(admin, readOnce(asked, 'key'))
  const explanation = await gateway.explain({ ...question, ...(permits && { permits }) })
  sendJson(response, 200, headers, toRouteReport(question, explanation))
}

/** The models of a key, by its id or its name. */
const toPermits = (admin: AdminAccess, key: string | undefined) => {
  if (key === undefined) return undefined
  const found = admin.listKeys().find(({ caller }) => caller.id === key || caller.name === key)
  if (!found)
    throw invalidRequest("'key' must be the id or the name of a key, as in GET /admin.", 'key')
  return found.caller.models
}
