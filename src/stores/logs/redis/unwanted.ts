/** Streams that are to be deleted. What cannot be deleted now is deleted when Redis is back, and otherwise expires. */

export interface Unwanted {
  /** Resolves when it is deleted, or when that has to wait. Never rejects. */
  add(name: string): Promise<void>
  /** Deletes what had to wait. */
  remove(): void
}

/** Those that were deleted first are left to expire. */
const MAX_NAMES = 10_000

export const createUnwanted = (unlink: (name: string) => Promise<void>): Unwanted => {
  const names = new Set<string>()

  const add = async (name: string): Promise<void> => {
    names.add(name)
    for (const oldest of names) {
      if (names.size <= MAX_NAMES) break
      names.delete(oldest)
    }
    try {
      await unlink(name)
      names.delete(name)
    } catch {
      // It is done as soon as Redis can be used.
    }
  }

  return {
    add,
    remove() {
      for (const name of names) void add(name)
    },
  }
}
