/**
 * Sends the requests that the reference's forms describe, and shows what comes back. Answers are
 * shown as text only, never as markup; the key is read when a request is sent and kept nowhere.
 */

const SHOWN_CHARACTERS = 200_000;

/** @type {WeakMap<HTMLFormElement, AbortController>} */
const underWay = new WeakMap();

document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement) {
    event.preventDefault();
    if (event.target.dataset.path) void send(event.target);
  }
});

document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLButtonElement && event.target.classList.contains("stop")) {
    const form = event.target.form;
    if (form) underWay.get(form)?.abort();
  }
});

/** @param {HTMLFormElement} form */
async function send(form) {
  underWay.get(form)?.abort();
  const stopping = new AbortController();
  underWay.set(form, stopping);
  const stop = /** @type {HTMLButtonElement} */ (form.querySelector(".stop"));
  stop.hidden = false;
  const shown = show(form);
  const began = performance.now();
  try {
    const { address, options } = request(form);
    const answer = await fetch(address, { ...options, signal: stopping.signal });
    const kind = answer.headers.get("content-type") ?? "";
    const spent = () => `${Math.round(performance.now() - began)} ms`;
    shown.say(`${answer.status} ${answer.statusText}`, kind, spent());
    if (kind.startsWith("text/event-stream")) await shown.stream(answer);
    else if (answer.headers.has("content-disposition")) await shown.file(answer);
    else shown.text(pretty(await answer.text(), kind));
    shown.say(`${answer.status} ${answer.statusText}`, kind, spent());
  } catch (error) {
    shown.say(stopping.signal.aborted ? "Stopped" : `Not sent: ${String(error)}`);
  } finally {
    if (underWay.get(form) === stopping) stop.hidden = true;
  }
}

/**
 * The request that a form describes; what is left empty is left out.
 * @param {HTMLFormElement} form
 * @returns {{ address: URL, options: RequestInit }}
 */
function request(form) {
  let path = form.dataset.path ?? "";
  const query = new URLSearchParams();
  const headers = new Headers();
  const parts = new FormData();
  /** @type {BodyInit | undefined} */
  let body;
  for (const [one, value] of filled(form)) {
    switch (one.dataset.in) {
      case "path":
        path = path.replace(`{${one.name}}`, encodeURIComponent(value));
        break;
      case "query":
        query.set(one.name, value);
        break;
      case "accept":
        headers.set("Accept", value);
        break;
      case "body":
        headers.set("Content-Type", "application/json");
        body = value;
        break;
      default:
        parts.set(one.name, one.files?.[0] ?? value);
        body = parts;
    }
  }
  const key = /** @type {HTMLInputElement} */ (document.getElementById("key")).value.trim();
  if (key) headers.set("Authorization", `Bearer ${key}`);
  const address = new URL(path, location.origin);
  address.search = query.toString();
  return { address, options: { method: form.dataset.method, headers, body, credentials: "omit" } };
}

/**
 * The fields of a form that are not empty, with their values.
 * @param {HTMLFormElement} form
 * @returns {[HTMLInputElement, string][]}
 */
function filled(form) {
  /** @type {NodeListOf<HTMLInputElement>} */
  const fields = form.querySelectorAll("[data-in]");
  return [...fields]
    .filter((one) => one.value !== "" && (one.type !== "checkbox" || one.checked))
    .map((one) => [one, one.value]);
}

/**
 * The place under a form where its answer appears.
 * @param {HTMLFormElement} form
 */
function show(form) {
  const output = /** @type {HTMLOutputElement} */ (form.querySelector("output"));
  const status = document.createElement("p");
  status.className = "status";
  status.textContent = "…";
  const body = document.createElement("pre");
  body.tabIndex = 0; // so that the keyboard can scroll it
  body.hidden = true;
  output.replaceChildren(status, body);

  /** @param {string} words */
  function text(words) {
    body.hidden = words === "";
    const more = words.length - SHOWN_CHARACTERS;
    body.textContent =
      more > 0 ? `${words.slice(0, SHOWN_CHARACTERS)}\n… ${more} characters more` : words;
  }

  return {
    text,
    /** @param {string[]} words */
    say(...words) {
      status.textContent = words.filter(Boolean).join(" · ");
    },
    /** @param {Response} answer */
    async stream(answer) {
      if (!answer.body) return;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let words = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        words += value.replaceAll("\r\n", "\n");
        text(words);
      }
    },
    /** @param {Response} answer */
    async file(answer) {
      const content = await answer.blob();
      const link = document.createElement("a");
      link.href = URL.createObjectURL(content);
      const named = /filename="?([^";]+)/.exec(answer.headers.get("content-disposition") ?? "");
      link.download = named?.[1] ?? "answer";
      link.textContent = `Save ${link.download} (${content.size} bytes)`;
      output.append(link);
    },
  };
}

/**
 * @param {string} text
 * @param {string} kind
 */
function pretty(text, kind) {
  if (!/\bjson\b/.test(kind)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
