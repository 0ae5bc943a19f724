/** Flattens groups of tools, because every other protocol has only single tools: `ns` and `tool` become `ns__tool`. */
import type { Tool } from '#model'

const SEPARATOR = '__'

const prefixOf = (namespace: string): string =>
  namespace.endsWith(SEPARATOR) ? namespace : namespace + SEPARATOR

export const flattenName = (name: string, namespace: string | undefined): string =>
  namespace ? prefixOf(namespace) + name : name

export interface ClientName {
  readonly name: string
  readonly namespace?: string
}

/** The name under which the client knows the tool. */
export const unflattenName = (tool: Tool): ClientName => {
  const namespace = tool.kind === 'native' ? undefined : tool.namespace
  if (namespace === undefined || !tool.name.startsWith(prefixOf(namespace)))
    return { name: tool.name }
  return { name: tool.name.slice(prefixOf(namespace).length), namespace }
}
