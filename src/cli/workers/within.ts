/** Undefined if there is no answer in time. */
export const within = async <Answer>(
  asked: Promise<Answer>,
  ms: number,
): Promise<Answer | undefined> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([asked.catch(() => undefined), late])
  } finally {
    clearTimeout(timer)
  }
}
