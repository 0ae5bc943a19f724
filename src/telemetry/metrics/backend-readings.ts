/** The metrics about what a process depends on. */
import type { Backends } from '../backends.ts'
import type { FamilyName, Labels, Reading } from './families.ts'

export const toBackendReadings = ({
  ledger,
  live,
  providers,
  memory,
}: Backends): readonly Reading[] => [
  gauge('sluice_memory_held_bytes', [[{}, memory.heldBytes]]),
  gauge('sluice_memory_limit_bytes', [[{}, memory.limitBytes]]),
  ...(ledger
    ? [
        gauge('sluice_ledger_waiting_rows', [[{}, ledger.waitingRows]]),
        gauge('sluice_ledger_up', [[{ store: ledger.store }, ledger.isWell]]),
      ]
    : []),
  gauge('sluice_live_store_up', [[{ store: live.store }, live.isWell]]),
  gauge(
    'sluice_provider_up',
    providers.map(({ name, status }) => [{ provider: name }, status !== 'down']),
  ),
  gauge(
    'sluice_provider_check_up',
    providers.flatMap(({ name, check }) =>
      check && check.status !== 'unknown' ? [[{ provider: name }, check.status === 'up']] : [],
    ),
  ),
]

const gauge = (
  name: FamilyName,
  values: readonly (readonly [Labels, number | boolean])[],
): Reading => ({
  name,
  samples: values.map(([labels, value]) => ({ labels, value: Number(value) })),
})
