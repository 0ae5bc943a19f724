/** The answer to `cancel` where nothing is in progress, which is no failure. It is the same in all dialects in JSON. */

export const toNothingToCancel = (runId?: string) => ({
  type: 'nothing_to_cancel' as const,
  ...(runId !== undefined && { run_id: runId }),
})
