/** A name that nobody else has. `crypto.randomUUID` is there only for pages of this machine or by HTTPS, and many a
 *  Jupyter server is reached by plain HTTP from the next room. */
export function uniqueId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
