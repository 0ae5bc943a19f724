/** Finds the position of a field in a file. */
import { type Document, isMap, isNode, isScalar, isSeq } from 'yaml'
import type { Path } from './references.ts'

/** The position of the field's name, or of the nearest enclosing field if it does not exist. */
export const offsetOf = (document: Document, path: Path): number => {
  let node: unknown = document.contents
  let offset = startOf(node)
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => String(isScalar(key) ? key.value : key) === String(step),
      )
      if (!pair) break
      offset = startOf(pair.key)
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = startOf(node, offset)
    } else break
  }
  return offset
}

const startOf = (node: unknown, otherwise = 0): number =>
  (isNode(node) ? node.range?.[0] : undefined) ?? otherwise
