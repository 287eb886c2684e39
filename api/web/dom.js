// Builds elements. Text always becomes text nodes: nothing here, or anywhere in the page, parses
// a string as HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `properties`: `class`, `text`, `data` (object), `on` (event → listener), any other
 * name is an attribute (true sets it empty; null, undefined and false leave it out).
 * Children are nodes, strings, or null.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "on") {
      for (const [event, listener] of Object.entries(value)) {
        element.addEventListener(event, listener);
      }
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A button that does `act` when pressed. */
export function button(act, properties, ...children) {
  return h("button", { type: "button", ...properties, on: { click: act } }, ...children);
}

/** A choice that looks like a label: a checkbox or radio button with its words. */
export function chip(properties, words) {
  return h("label", { class: "chip" }, h("input", properties), h("span", { text: words }));
}

/** One of the symbols at the end of index.html, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** "zh" where Han characters are a good part of the text, otherwise "en": chooses the typeface. */
export function languageOf(text) {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const letters = text.match(/\p{Script=Latin}+/gu)?.length ?? 0;
  return han > letters ? "zh" : "en";
}

/** Hands a blob to the browser's downloads under this name. */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Puts text on the clipboard, also on plain-http intranets where the modern API is missing. */
export async function copyText(text) {
  if (window.isSecureContext && navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // Permission may be refused by policy; the older way below often still works.
    }
  }
  const area = h("textarea", { class: "offscreen", readonly: true });
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("the browser refused the clipboard");
}
