/** Tasks that are done one after another. One that fails does not keep the next from being done. */
export type Serial = <Result>(task: () => Promise<Result>) => Promise<Result>

export const createSerial = (): Serial => {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const result = last.then(task)
    last = result.catch(() => undefined)
    return result
  }
}
