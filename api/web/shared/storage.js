/**
 * What the browser keeps; null where forbidden: nothing then outlives the page.
 * @param {"localStorage" | "sessionStorage"} kind
 */
export function storage(kind = "localStorage") {
  try {
    return window[kind];
  } catch {
    return null;
  }
}
