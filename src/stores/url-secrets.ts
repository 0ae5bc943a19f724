/** The parts of a store's address that no log may show: its password, as it is written and as it is sent. */
export const urlSecrets = (url: string | undefined): string[] => {
  if (url === undefined) return []
  const { password } = new URL(url)
  return [...new Set([password, decodeURIComponent(password)])].filter((each) => each !== '')
}
