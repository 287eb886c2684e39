/** `localStorage` or `sessionStorage`; null where forbidden: nothing then outlives the page. */
export function storage(kind = "localStorage") {
  try {
    return window[kind];
  } catch {
    return null;
  }
}
