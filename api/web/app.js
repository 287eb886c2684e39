// Puts the page together: who is signed in, which conversation is shown, what is being asked.

import { Turn } from "./answer.js";
import { Api } from "./api.js";
import { Conversations } from "./conversations.js";
import { button, h, icon, languageOf } from "./dom.js";
import { Filters } from "./filters.js";
import { Popover } from "./popover.js";
import { Session } from "./session.js";
import { SignIn } from "./signin.js";
import { storage } from "./storage.js";
import { EXAMPLES, explain, language, setLanguage, startLanguage, t, translate } from "./strings.js";
import { Viewer } from "./viewer.js";

const $ = (id) => document.getElementById(id);
const WIDE = matchMedia("(min-width: 70rem)");

startLanguage();
const session = new Session();
session.takeFromAddress();
const api = new Api(session, () => signIn.ask());
const popover = new Popover($("popover"));
const filters = new Filters($("filters"), $("filters-toggle"));
const viewer = new Viewer($("viewer"), api);
const conversations = new Conversations($("conversations"), api, {
  open: openConversation,
  deleted: (id) => id === conversationId && newConversation(),
});
const signIn = new SignIn($("sign-in"), async (key, remember) => {
  session.keep(key, remember);
  try {
    welcome(await api.me());
  } catch (error) {
    session.forget();
    throw error;
  }
});
const tools = {
  popover,
  open: (cited, opener, citations) => viewer.show(cited, { opener, citations }),
  feedback: (body) => api.feedback(body),
  again: (question) => ask(question),
};

let turns = [];
let conversationId = null;
let asking = null; // the AbortController of the question under way

// ---- who ----

/** Finds out who is here: with the kept key, without one (a local demo), or by asking. */
async function enter() {
  try {
    welcome(await api.me());
    return;
  } catch (error) {
    if (error.status !== 401) {
      announce(explain(error));
      $("trouble").textContent = explain(error);
      return;
    }
  }
  const had = session.key !== null;
  session.forget();
  await signIn.ask(had ? t("sign.refused") : "");
}

function welcome(me) {
  $("trouble").textContent = "";
  $("who").textContent = me.name ?? me.id;
  $("sign-out").hidden = session.key === null;
}

async function settle() {
  if (standalone()) return showDocument();
  conversations.refresh();
  api.sources().then(
    (sources) => filters.offer(sources),
    () => {}, // the filter by source is then simply not offered
  );
  const id = new URLSearchParams(location.hash.slice(1)).get("c");
  if (id) await openConversation(id);
}

function signOut() {
  asking?.abort();
  session.forget();
  viewer.close();
  conversations.clear();
  newConversation();
  enter().then(settle);
}

// ---- conversations ----

function remember(id) {
  conversationId = id;
  conversations.select(id);
  const fragment = id ? `#c=${encodeURIComponent(id)}` : "";
  history.replaceState(null, "", location.pathname + location.search + fragment);
}

function show(list) {
  turns = list;
  $("thread").replaceChildren(...turns.map((turn) => turn.element));
  document.body.classList.toggle("empty", turns.length === 0);
  placeholder();
}

function newConversation() {
  asking?.abort();
  viewer.close();
  remember(null);
  show([]);
  drawer(false);
  $("question").focus();
}

async function openConversation(id) {
  asking?.abort();
  drawer(false);
  viewer.close();
  try {
    const conversation = await api.conversation(id);
    remember(conversation.id);
    show(conversation.turns.map((answer) => Turn.of(answer, tools)));
    $("trouble").textContent = "";
    $("main").scrollTop = $("main").scrollHeight;
  } catch (error) {
    if (error.status === 404) remember(null);
    $("trouble").textContent = explain(error);
  }
}

// ---- asking ----

async function ask(question) {
  if (asking) return;
  const controller = new AbortController();
  asking = controller;
  const turn = new Turn(question, tools);
  const body = { question };
  if (conversationId) body.conversation_id = conversationId;
  if (filters.value) body.filters = filters.value;
  filters.show(false);
  // A question that failed or was stopped leaves nothing behind when it is asked again.
  show([...turns.filter((each) => each.answer !== null), turn]);
  turn.element.scrollIntoView({ block: "start" });
  busy(true);
  announce(t("stage.retrieving"));
  try {
    for await (const { event, data } of api.ask(body, controller.signal)) {
      if (controller.signal.aborted) break;
      if (event === "status") {
        turn.status(data.stage);
        announce(t(`stage.${data.stage}`));
      } else if (event === "passages") turn.found(data.results);
      else if (event === "token") turn.token(data.text);
      else if (event === "answer") settleAnswer(turn, data);
    }
  } catch (error) {
    if (error.name === "AbortError") turn.stop();
    else turn.fail(error);
  } finally {
    if (turn.working) turn.stop();
    if (asking === controller) {
      asking = null;
      busy(false);
    }
  }
}

function settleAnswer(turn, answer) {
  turn.finish(answer);
  if (!turns.includes(turn)) return; // another conversation was opened meanwhile
  remember(answer.conversation_id);
  conversations.refresh();
  announce(t("answer.ready", answer.citations.length));
}

function busy(working) {
  $("send").hidden = working;
  $("stop").hidden = !working;
  placeholder();
}

function placeholder() {
  $("question").placeholder = t(turns.length ? "ask.followUp" : "ask.placeholder");
}

/** Says something to screen readers. */
function announce(words) {
  $("announcer").textContent = words;
}

function submit() {
  const question = $("question").value.trim();
  if (!question || asking) return;
  $("question").value = "";
  fit();
  ask(question);
}

function fit() {
  const area = $("question");
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

// ---- the passage page, /d/{document} ----

const standalone = () => location.pathname.startsWith("/d/");

function showDocument() {
  document.body.classList.add("standalone");
  const query = new URLSearchParams(location.search);
  const whole = (name) => (/^\d+$/u.test(query.get(name) ?? "") ? Number(query.get(name)) : null);
  const cited = { document_id: decodeURIComponent(location.pathname.slice("/d/".length)) };
  for (const name of ["version", "start", "end"]) cited[name] = whole(name);
  return viewer.show(cited, { standalone: true });
}

// ---- the frame ----

function drawer(open) {
  document.body.classList.toggle("drawer", open);
  $("drawer-toggle").setAttribute("aria-expanded", String(open || (WIDE.matches && !folded())));
}

const folded = () => document.body.classList.contains("folded");

function toggleDrawer() {
  if (WIDE.matches) {
    document.body.classList.toggle("folded");
    drawer(false);
  } else {
    drawer(!document.body.classList.contains("drawer"));
    if (document.body.classList.contains("drawer")) $("new").focus();
  }
}

const THEMES = ["auto", "light", "dark"];
const theme = () => document.documentElement.dataset.theme ?? "auto";

function nextTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  storage()?.setItem("footnote.theme", next);
  dress();
}

function dress() {
  $("theme").dataset.tLabel = `nav.theme.${theme()}`;
  $("theme").querySelector("use").setAttribute("href", `#i-theme-${theme()}`);
  translate($("theme").parentElement);
}

function speak() {
  translate();
  dress();
  filters.render();
  conversations.render();
  placeholder();
  for (const turn of turns) turn.render();
  viewer.redraw();
  const examples = EXAMPLES.map(({ lang, text }) =>
    h("li", {}, button(() => ask(text), { class: "example", lang, text })),
  );
  $("examples").replaceChildren(...examples);
}

function escape() {
  if (popover.open) popover.hide();
  else if (filters.open) {
    filters.show(false);
    $("filters-toggle").focus();
  } else if (document.body.classList.contains("drawer")) {
    drawer(false);
    $("drawer-toggle").focus();
  } else if (viewer.open && !standalone()) viewer.close();
  else return false;
  return true;
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
$("question").addEventListener("input", () => {
  fit();
  $("question").lang = languageOf($("question").value);
});
$("question").addEventListener("keydown", (event) => {
  // While an input method is composing (Chinese), Enter chooses a word and asks nothing.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
$("stop").addEventListener("click", () => asking?.abort());
$("new").addEventListener("click", newConversation);
$("new-top").addEventListener("click", newConversation);
$("drawer-toggle").addEventListener("click", toggleDrawer);
$("veil").addEventListener("click", () => drawer(false));
$("sign-out").addEventListener("click", signOut);
$("theme").addEventListener("click", nextTheme);
$("language").addEventListener("click", () => {
  setLanguage(language() === "en" ? "zh" : "en");
  speak();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("sign-in").open && escape()) event.preventDefault();
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    $("question").focus();
  }
});
addEventListener("hashchange", () => {
  if (session.takeFromAddress()) enter().then(settle);
});

for (const element of document.querySelectorAll("[data-icon]")) {
  element.prepend(icon(element.dataset.icon));
}
show([]);
drawer(false);
speak();
enter().then(settle);
