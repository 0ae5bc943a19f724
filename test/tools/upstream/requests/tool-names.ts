/** The names that every vendor accepts for a tool. */

export const TOOL_NAME = /^[a-zA-Z0-9_-]+$/
export const TOOL_NAME_LENGTH = 64
