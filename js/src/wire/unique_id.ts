/** Returns a random id. `crypto.randomUUID` exists only on localhost and over HTTPS, but many Jupyter servers are
 *  reached by plain HTTP over a local network. */
export function uniqueId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
