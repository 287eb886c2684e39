// Puts the page together: who is signed in, which conversation is shown, what is being asked.

/** @import { Answer, AskEvent, Me, Question } from "../shared/contract.js" */

import { Api, calledOff, refused } from "../shared/api.js";
import { byId, icon } from "../shared/dom.js";
import { addressed } from "../shared/places.js";
import { Session } from "../shared/session.js";
import { SignIn } from "../shared/signin.js";
import { explain, startLanguage, t, translate } from "../shared/strings.js";
import { Viewer } from "../viewer/viewer.js";
import { Popover } from "./answer/popover.js";
import { Turn } from "./answer/turn.js";
import { Appearance } from "./appearance.js";
import { Composer } from "./composer.js";
import { Conversations } from "./conversations.js";
import { Drawer } from "./drawer.js";
import { Examples } from "./examples.js";
import { Filters } from "./filters.js";

startLanguage();
const session = new Session();
session.takeFromAddress();
const api = new Api(session, () => signIn.ask());

const main = byId("main", HTMLElement);
const thread = byId("thread", HTMLElement);
const trouble = byId("trouble", HTMLElement);
const announcer = byId("announcer", HTMLElement);
const signOutButton = byId("sign-out", HTMLButtonElement);
const drawerToggle = byId("drawer-toggle", HTMLButtonElement);
const filtersToggle = byId("filters-toggle", HTMLButtonElement);
const newButtons = [byId("new", HTMLButtonElement), byId("new-top", HTMLButtonElement)];
for (const element of document.querySelectorAll("[data-icon]")) {
  if (element instanceof HTMLElement) element.prepend(icon(element.dataset.icon ?? ""));
}

const popover = new Popover(byId("popover", HTMLElement));
const viewer = new Viewer(byId("viewer", HTMLElement), api);
const drawer = new Drawer(
  drawerToggle,
  byId("veil", HTMLElement),
  byId("new", HTMLButtonElement),
);
const filters = new Filters(byId("filters", HTMLFormElement), filtersToggle);
const composer = new Composer(byId("composer", HTMLFormElement), {
  ask,
  stop: () => asking?.abort(),
});
const appearance = new Appearance(
  byId("theme", HTMLButtonElement),
  byId("language", HTMLButtonElement),
  speak,
);
const conversations = new Conversations(byId("conversations", HTMLUListElement), api, {
  open: openConversation,
  deleted: (id) => id === conversationId && newConversation(),
});
const examples = new Examples(
  byId("examples-part", HTMLElement),
  byId("examples", HTMLUListElement),
  api,
  ask,
);
const signIn = new SignIn(byId("sign-in", HTMLDialogElement), async (key, forGood) => {
  session.keep(key, forGood);
  try {
    welcome(await api.me());
  } catch (error) {
    session.forget();
    throw error;
  }
});

/** @type {import("./answer/turn.js").Tools} */
const tools = {
  popover,
  open: (cited, opener, citations) => viewer.show(cited, { opener, citations }),
  feedback: (body) => api.feedback(body),
  again: ask,
};

/** @type {Turn[]} */
let turns = [];
/** @type {string | null} */
let conversationId = null;
/** @type {AbortController | null} */
let asking = null; // of the question under way

// ---- who ----

/** Finds out who is here: with the kept key, without one (a local demo), or by asking. */
async function enter() {
  try {
    welcome(await api.me());
    return;
  } catch (error) {
    if (!refused(error, 401)) {
      announce(explain(error));
      trouble.textContent = explain(error);
      return;
    }
  }
  const had = session.key !== null;
  session.forget();
  await signIn.ask(had ? t("sign.refused") : "");
}

/** @param {Me} me */
function welcome(me) {
  trouble.textContent = "";
  byId("who", HTMLElement).textContent = me.name ?? me.id;
  signOutButton.hidden = session.key === null;
}

/** Shows what the address names. */
async function settle() {
  const cited = addressed(location);
  if (cited) {
    document.body.classList.add("standalone");
    await viewer.show(cited, { standalone: true });
    return;
  }
  conversations.refresh();
  examples.refresh();
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

/** @param {string | null} id */
function remember(id) {
  conversationId = id;
  conversations.select(id);
  const fragment = id ? `#c=${encodeURIComponent(id)}` : "";
  history.replaceState(null, "", location.pathname + location.search + fragment);
}

/** @param {Turn[]} list */
function show(list) {
  turns = list;
  thread.replaceChildren(...turns.map((turn) => turn.element));
  document.body.classList.toggle("empty", turns.length === 0);
  composer.invite(turns.length > 0);
}

function newConversation() {
  asking?.abort();
  viewer.close();
  remember(null);
  show([]);
  examples.refresh();
  drawer.show(false);
  composer.focus();
}

/** @param {string} id */
async function openConversation(id) {
  asking?.abort();
  drawer.show(false);
  viewer.close();
  try {
    const conversation = await api.conversation(id);
    remember(conversation.id);
    show(conversation.turns.map((answer) => Turn.of(answer, tools)));
    trouble.textContent = "";
    main.scrollTop = main.scrollHeight;
  } catch (error) {
    if (refused(error, 404)) remember(null);
    trouble.textContent = explain(error);
  }
}

// ---- asking ----

/** @param {string} question */
async function ask(question) {
  if (asking) return;
  const controller = new AbortController();
  asking = controller;
  const turn = new Turn(question, tools);
  /** @type {Question} */
  const body = { question };
  if (conversationId) body.conversation_id = conversationId;
  if (filters.value) body.filters = filters.value;
  filters.show(false);
  // A question that failed or was stopped leaves nothing behind when it is asked again.
  show([...turns.filter((each) => each.answered), turn]);
  turn.element.scrollIntoView({ block: "start" });
  composer.busy(true);
  announce(t("stage.retrieving"));
  try {
    for await (const event of api.ask(body, controller.signal)) {
      if (controller.signal.aborted) break;
      take(turn, event);
    }
  } catch (error) {
    if (calledOff(error)) turn.stop();
    else turn.fail(error);
  } finally {
    if (turn.working) turn.stop();
    if (asking === controller) {
      asking = null;
      composer.busy(false);
    }
  }
}

/**
 * @param {Turn} turn
 * @param {AskEvent} told
 */
function take(turn, { event, data }) {
  if (event === "status") {
    turn.status(data.stage);
    announce(t(`stage.${data.stage}`));
  } else if (event === "passages") turn.found(data.results);
  else if (event === "token") turn.token(data.text);
  else if (event === "answer") finish(turn, data);
}

/**
 * @param {Turn} turn
 * @param {Answer} answer
 */
function finish(turn, answer) {
  turn.finish(answer);
  if (!turns.includes(turn)) return; // another conversation was opened meanwhile
  remember(answer.conversation_id);
  conversations.refresh();
  announce(t("answer.ready", answer.citations.length));
}

/**
 * Says something to screen readers.
 * @param {string} words
 */
function announce(words) {
  announcer.textContent = words;
}

// ---- the frame ----

/** Says everything in the language that is current now. */
function speak() {
  translate();
  appearance.dress();
  filters.render();
  conversations.render();
  composer.invite(turns.length > 0);
  for (const turn of turns) turn.render();
  viewer.redraw();
  examples.render();
}

/** Closes the uppermost thing that is open; false if nothing is. */
function escape() {
  if (popover.open) popover.hide();
  else if (filters.open) {
    filters.show(false);
    filtersToggle.focus();
  } else if (drawer.open) {
    drawer.show(false);
    drawerToggle.focus();
  } else if (viewer.open && !document.body.classList.contains("standalone")) viewer.close();
  else return false;
  return true;
}

/** @param {KeyboardEvent} event */
function shortcut(event) {
  if (event.key === "Escape" && !signIn.open && escape()) event.preventDefault();
  const { target } = event;
  const typing = target instanceof Element && target.closest("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    composer.focus();
  }
}

for (const each of newButtons) each.addEventListener("click", newConversation);
signOutButton.addEventListener("click", signOut);
addEventListener("keydown", shortcut);
addEventListener("hashchange", () => {
  if (session.takeFromAddress()) enter().then(settle);
});

show([]);
speak();
enter().then(settle);
