// The original file of a document: opened in a tab where that is safe, otherwise downloaded.

/** @import { Api } from "../shared/api.js" */

import { download } from "../shared/dom.js";

// Only kinds that cannot run script are opened in a tab, under a type of our choosing: a blob has
// the page's own origin. Everything else is downloaded.
/** @type {Record<string, string>} */
const SAFE = {
  pdf: "application/pdf",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  txt: "text/plain;charset=utf-8",
  md: "text/plain;charset=utf-8",
  csv: "text/plain;charset=utf-8",
  log: "text/plain;charset=utf-8",
};

/**
 * Opens or downloads the original, at a page if it is a PDF. Throws what the API throws.
 * @param {Api} api
 * @param {string} id
 * @param {string} name of the file
 * @param {number | null} page
 */
export async function openOriginal(api, id, name, page) {
  const type = SAFE[name.split(".").at(-1)?.toLowerCase() ?? ""];
  // The tab is opened now, while the click still counts, and filled once the file is here.
  const tab = type ? window.open("", "_blank") : null;
  let file;
  try {
    file = await api.file(id);
  } catch (error) {
    tab?.close();
    throw error;
  }
  if (!tab) {
    download(file, name);
    return;
  }
  tab.opener = null;
  const url = URL.createObjectURL(new Blob([file], { type }));
  tab.location.replace(type === SAFE.pdf && page ? `${url}#page=${page}` : url);
  setTimeout(() => URL.revokeObjectURL(url), 120_000);
}
