/** Removes members that are present but undefined: they would hide defaults. */

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

export const withoutUndefined = <T extends object>(object: T): Present<T> =>
  Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as Present<T>
