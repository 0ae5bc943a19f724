/** Ends the run in progress, and waits until readers know it. */
import { cancelled, type GatewayError } from '#model'
import type { ActiveRun } from '../run/active-run.ts'

/** An upstream is left at once, but a store may not be there. */
const STOP_MS = 2_000

/** @returns whether its end is in the log. */
export const stopRun = async (
  run: ActiveRun,
  reason: GatewayError = cancelled('The run was cancelled.'),
): Promise<boolean> => {
  run.stop('cancelled', reason)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), STOP_MS)
  })
  const ended = await Promise.race([run.ended.then(() => true), late])
  clearTimeout(timer)
  return ended
}
