/** What is swept is everything that there is. */
import { expect, it } from 'vitest'
import { findRoute } from '../../../src/server/routes/routes.ts'
import type { Route } from '../../../src/server/routes/route.ts'
import { DOORS } from '../../../src/server/websocket/doors.ts'
import {
  ADMIN_ROUTES,
  CALLER_ROUTES,
  OPEN_ROUTES,
  SESSION_CALLS,
  toRevisits,
} from '../../tools/server/tenancy/every-route.ts'
import { SWEPT_DOORS } from '../../tools/server/tenancy/every-door.ts'

/** A new kind of route is a mistake of types here, until a call of it is swept. */
const KINDS: Readonly<Record<Route['kind'], true>> = {
  health: true,
  ready: true,
  probe: true,
  docs: true,
  openapi: true,
  admin: true,
  'admin-usage': true,
  'admin-audit': true,
  metrics: true,
  'admin-explain': true,
  generate: true,
  'count-tokens': true,
  compact: true,
  embed: true,
  models: true,
  usage: true,
  revisit: true,
  model: true,
  session: true,
}

it('every kind of route has a call', () => {
  const calls = [
    ...CALLER_ROUTES,
    ...ADMIN_ROUTES,
    ...OPEN_ROUTES,
    ...SESSION_CALLS,
    ...toRevisits('resp_1'),
  ]
  const kinds = calls.map(({ method, path }) => {
    const route = findRoute(method, path)
    return 'kind' in route ? route.kind : `none at ${method} ${path}`
  })
  expect([...new Set(kinds)].toSorted()).toEqual(Object.keys(KINDS).toSorted())
})

it('every WebSocket has a call', () => {
  expect(Object.keys(DOORS).toSorted()).toEqual(SWEPT_DOORS.map(({ path }) => path).toSorted())
})
